/** `StirVerstat` as Twilio may send it; null: not at all. */
export const STIR_VERDICTS: readonly (string | null)[] = [
  'TN-Validation-Passed-A',
  'TN-Validation-Passed-B',
  'TN-Validation-Passed-C',
  'TN-Validation-Passed-A-Diverted',
  'TN-Validation-Passed-A-Passthrough',
  'TN-Validation-Passed-B-Diverted',
  'TN-Validation-Passed-B-Passthrough',
  'TN-Validation-Passed-C-Diverted',
  'TN-Validation-Passed-C-Passthrough',
  'TN-Validation-Failed',
  'TN-Validation-Failed-A',
  'TN-Validation-Failed-B',
  'TN-Validation-Failed-C',
  'No-TN-Validation',
  null,
];
