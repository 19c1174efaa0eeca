import type { ComponentType } from 'preact';
import type { IconName } from './parts/icon-paths.js';

export interface ViewProps {
  /** What stands behind the view's own path: `''`, or the id in `/customers/12`. */
  readonly rest: string;
}

export interface View {
  /** Its own address. */
  readonly path: string;
  readonly name: string;
  readonly icon: IconName;
  /** Its code, loaded when it is opened first. */
  readonly load: () => Promise<ComponentType<ViewProps>>;
}
