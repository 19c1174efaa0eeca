import type { NamedVehicle } from '../../../desk/desk.js';
import { VIN_ENDING } from '../../../desk/vin-ending.js';
import { noteState } from './call-progress.js';
import { provingWays } from './change-appointment.js';
import { defineTool, Nothing } from './tool.js';
import { done, invalid, none, refused, type ToolAnswer, type ToolContext } from './tool-answer.js';

const MOST_VEHICLES = 9;

export const myVehicles = defineTool({
  description: 'The vehicles of a caller who has proved who they are, with ids for book_appointment.',
  schema: Nothing,
  work: async (_, context) => {
    const { desk, handles, control } = context;
    if (!(await desk.isVerified())) return refused(provingWays(context));
    noteState(control.session, 'collecting_info');
    const vehicles = (await desk.vehicles()).slice(0, MOST_VEHICLES);
    if (vehicles.length === 0)
      return none('No vehicle of this caller is on file. Say so if they ask, and name none.');
    const known = handles.addVehicles(vehicles);
    const listed = vehicles.map((vehicle, index) => `${known[index]?.id} = ${nameOf(vehicle)}`);
    return done(`The vehicles: ${listed.join('; ')}. The ids are not for the caller.`);
  },
});

export const verifyMe = defineTool({
  description:
    'Lets the caller prove who they are by keying the last four digits of the VIN of their vehicle. Use it when they ask for something personal. Never ask them to say the digits.',
  schema: Nothing,
  work: async (_, context) => {
    const { desk, control } = context;
    if (await desk.isVerified()) return done(VERIFIED);
    if (!desk.mayVerify) return refused(provingWays(context));
    noteState(control.session, 'collecting_info');
    return done(
      'NOT verified yet. Ask the caller to key the last four digits of the VIN of their vehicle on the telephone, and wait. You will be told whether they fit; you never see them.',
      { kind: 'collect_digits' },
    );
  },
});

const VERIFIED =
  'The caller has proved who they are. list_my_appointments and my_vehicles can be used now. Go on with what they asked for.';

/** What came of the four keys, which are told to nobody. */
export async function verifyDigits(digits: string, context: ToolContext): Promise<ToolAnswer> {
  if (!VIN_ENDING.test(digits))
    return invalid('NOT verified: four digits are wanted. Ask the caller to key them again.');
  const verified = await context.desk.verify(digits);
  if (verified.outcome === 'verified') return done(VERIFIED);
  if (verified.outcome === 'refused')
    return refused(`NOT verified: the digits do not fit. ${provingWays(context)}`);
  const tries = verified.triesLeft === 1 ? 'one more try' : `${verified.triesLeft} more tries`;
  return {
    output: `NOT verified: the digits do not fit. The caller has ${tries}: ask them to key the four digits again, and wait.`,
    result: 'none',
    effect: { kind: 'collect_digits' },
  };
}

function nameOf({ year, make, model }: NamedVehicle): string {
  return [year, make, model].filter(Boolean).join(' ');
}
