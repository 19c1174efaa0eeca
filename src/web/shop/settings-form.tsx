import { useSignal } from '@preact/signals';
import type { ShopSettings } from '../shell/answers.js';
import { Icon } from '../shell/parts/icon.js';
import { Fault } from '../shell/parts/notice.js';
import { TextField } from '../shell/parts/text-field.js';
import { sending, useWork } from '../shell/work.js';
import { type ChangeSettings, changedFields, faultsByField, type SettingField } from './settings.js';

interface SettingsFormProps {
  readonly title: string;
  readonly fields: readonly SettingField[];
  readonly settings: ShopSettings;
  readonly change: ChangeSettings;
}

const KEPT = 'Saved. New calls use it from now on.';

/** Some settings that are kept together. What the environment gives is shown and cannot be changed. */
export function SettingsForm({ title, fields, settings, change }: SettingsFormProps) {
  const { fault, told, isBusy, run } = useWork();
  /** By field, what was typed and is not kept yet; all other fields follow the settings. */
  const typed = useSignal<ReadonlyMap<string, string>>(new Map());
  const names = fields.map(({ name }) => name);
  const faults = fault.value === null ? null : faultsByField(fault.value, names);
  const keep = () => {
    const sent = typed.peek();
    const changed = changedFields(settings, fields, sent);
    const isSame = Object.keys(changed).length === 0;
    const send = async () => {
      if (!isSame) await change(changed);
      typed.value = new Map([...typed.peek()].filter(([name, text]) => sent.get(name) !== text));
    };
    void run(send, isSame ? 'Nothing was changed.' : KEPT);
  };
  return (
    <form class="panel form" aria-label={title} onSubmit={sending(keep)}>
      <h2>{title}</h2>
      <Fault sentence={faults?.rest ?? null} />
      {fields.map((field) => (
        <Setting
          key={field.name}
          field={field}
          settings={settings}
          typed={typed.value.get(field.name)}
          error={faults?.of.get(field.name)}
          onType={(text) => {
            typed.value = new Map(typed.peek()).set(field.name, text);
          }}
        />
      ))}
      <div class="kept">
        <p class="told" role="status">
          {told.value}
        </p>
        <button type="submit" class="primary" disabled={isBusy.value}>
          Save
        </button>
      </div>
    </form>
  );
}

interface SettingProps {
  readonly field: SettingField;
  readonly settings: ShopSettings;
  /** Undefined: nothing. */
  readonly typed: string | undefined;
  readonly error: string | undefined;
  readonly onType: (text: string) => void;
}

function Setting({ field, settings, typed, error, onType }: SettingProps) {
  const { name, label, hint, kind, variable } = field;
  const isLocked = settings.locked.includes(name);
  const by = variable ? ` (${variable})` : '';
  return (
    <div class={isLocked ? 'setting setting-locked' : 'setting'}>
      <TextField
        label={label}
        hint={isLocked ? `Set by the gateway’s environment${by}; it can only be changed there.` : hint}
        error={error}
        name={name}
        type={kind === 'number' ? 'text' : kind}
        inputmode={kind === 'number' ? 'numeric' : undefined}
        readOnly={isLocked}
        value={typed ?? String(settings[name] ?? '')}
        onInput={({ currentTarget }) => onType(currentTarget.value)}
      />
      {isLocked && <Icon name="lock" label="Locked" />}
    </div>
  );
}
