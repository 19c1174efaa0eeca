import type { ComponentChildren } from 'preact';
import { Icon } from './icon.js';

/** A refusal or a fault, in the gateway's own sentence; nothing when there is none. */
export function Fault({ sentence }: { readonly sentence: string | null }) {
  if (sentence === null) return null;
  return (
    <p class="fault" role="alert">
      <Icon name="triangle-alert" /> {sentence}
    </p>
  );
}

/** What stands where a list is empty: what will be there. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
