import { useEffect } from 'preact/hooks';
import { useAnswer } from '../shell/answer.js';
import { clockTime, isWholeDay } from '../shell/format.js';
import { SelectField, TextField } from '../shell/parts/text-field.js';
import { freeBays } from './blocks.js';
import type { Day } from './day.js';
import { closureText } from './day-words.js';

/** A time that is being chosen. */
export interface When {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** ISO 8601; null: none is chosen. */
  readonly start: string | null;
  /** Null: whichever is free. */
  readonly bay: number | null;
}

interface WhenFieldsProps {
  readonly when: When;
  /** How long the work takes: by it is told what looks free. */
  readonly minutes: number;
  /** The appointment that is moved, which is in nobody's way. */
  readonly except?: number | undefined;
  readonly onChange: (when: When) => void;
}

/** Day, time and bay of an appointment, with what is free then. */
export function WhenFields({ when, minutes, except, onChange }: WhenFieldsProps) {
  const { value, error } = useAnswer<Day>(isWholeDay(when.day) ? `/api/day?day=${when.day}` : null);
  const day = value?.day === when.day ? value : undefined;
  const isOffered =
    day === undefined || when.start === null || day.starts.some((start) => isSame(start, when.start));
  useEffect(() => {
    if (day && !isOffered) onChange({ ...when, start: sameClock(day, when.start) });
  }, [day, isOffered, when, onChange]);
  return (
    <div class="when">
      <TextField
        label="Day"
        hint={day && closed(day)}
        error={error}
        type="date"
        required
        value={when.day}
        onInput={({ currentTarget }) => onChange({ ...when, day: currentTarget.value })}
      />
      <TimeChoice day={day} when={when} minutes={minutes} except={except} onChange={onChange} />
      <BayChoice bays={day?.bays ?? []} when={when} onChange={onChange} />
    </div>
  );
}

interface TimeChoiceProps extends WhenFieldsProps {
  readonly day: Day | undefined;
}

function TimeChoice({ day, when, minutes, except, onChange }: TimeChoiceProps) {
  return (
    <SelectField
      label="Time"
      required
      value={day?.starts.find((start) => isSame(start, when.start)) ?? ''}
      onChange={({ currentTarget }) => onChange({ ...when, start: currentTarget.value || null })}
    >
      <option value="">Choose a time</option>
      {day?.starts.map((start) => (
        <option key={start} value={start}>
          {clockTime(start)} {freeText(freeBays(day, start, minutes, except ?? null), day.bays.length)}
        </option>
      ))}
    </SelectField>
  );
}

interface BayChoiceProps extends Pick<WhenFieldsProps, 'when' | 'onChange'> {
  readonly bays: Day['bays'];
}

function BayChoice({ bays, when, onChange }: BayChoiceProps) {
  return (
    <SelectField
      label="Bay"
      value={when.bay === null ? '' : String(when.bay)}
      onChange={({ currentTarget: { value } }) =>
        onChange({ ...when, bay: value === '' ? null : Number(value) })
      }
    >
      <option value="">Any that is free</option>
      {bays.map(({ bay }) => (
        <option key={bay} value={String(bay)}>
          Bay {bay}
        </option>
      ))}
    </SelectField>
  );
}

function isSame(one: string, other: string | null): boolean {
  return other !== null && Date.parse(one) === Date.parse(other);
}

/** The time of this day at which the clock shows the same. */
function sameClock({ starts }: Day, start: string | null): string | null {
  return starts.find((each) => each.slice(11, 16) === start?.slice(11, 16)) ?? null;
}

function closed(day: Day): string | undefined {
  if (day.closures.length > 0) return day.closures.map(closureText).join(', ');
  return day.starts.length === 0 ? 'Closed on this day' : undefined;
}

function freeText(free: readonly number[], bays: number): string {
  if (free.length === 0) return '– taken';
  if (free.length === bays) return '';
  return free.length === 1 ? `– bay ${free[0]} free` : `– bays ${free.join(', ')} free`;
}
