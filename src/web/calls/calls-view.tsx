import type { ViewProps } from '../shell/view.js';
import { CallDetail } from './call-detail.js';
import { CallList } from './call-list.js';
import './calls.css';

/** The finished calls, or one of them. */
export function CallsView({ rest }: ViewProps) {
  return rest === '' ? <CallList /> : <CallDetail key={rest} callSid={rest} />;
}
