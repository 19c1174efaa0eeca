import { ICON_PATHS, type IconName } from './icon-paths.js';

interface IconProps {
  readonly name: IconName;
  /** What it says to those who do not see it; without one it is decoration beside words. */
  readonly label?: string;
}

interface IconButtonProps {
  readonly icon: IconName;
  /** What it does. */
  readonly label: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

/** A button without words. */
export function IconButton({ icon, label, ...button }: IconButtonProps) {
  return (
    <button type="button" class="icon-button" aria-label={label} {...button}>
      <Icon name={icon} />
    </button>
  );
}

/** A line drawing in the colour and size of the text around it. */
export function Icon({ name, label }: IconProps) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      role="img"
      aria-hidden={label ? undefined : 'true'}
      aria-label={label}
    >
      <path d={ICON_PATHS[name]} />
    </svg>
  );
}
