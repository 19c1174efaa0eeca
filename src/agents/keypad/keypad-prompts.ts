import { SERVICES } from '../../appointments/services.js';
import type { UpcomingAppointment } from '../../customers/customer.js';
import { bookedSentence, nounOf, onDay, type SayTime, sentence } from '../booking-words.js';
import type { MenuState, VehicleChoice } from './keypad-state.js';

/** What the touch-tone agent says of the shop. */
export interface KeypadShop {
  readonly name: string;
  /** The opening hours in words, such as `Monday to Friday, eight a.m. to five p.m.` */
  readonly spokenHours: string;
  /** There is a number to which a caller who wants a person is handed. */
  readonly canTransfer: boolean;
}

/** What the prompts of a call are made from. */
export interface MenuContext {
  readonly shop: KeypadShop;
  /** The caller shows a number that the shop can ring. */
  readonly canCallBack: boolean;
  readonly sayTime: SayTime;
}

/** Each is synthesised and cached by its text, so one prompt is several. */
export type Sentences = readonly string[];

export const ONE_MOMENT = 'One moment, please.';
export const STILL_WORKING = 'Thank you for waiting. I am still working on it.';
export const CUT_OFF = 'Sorry, we were cut off.';
export const WRONG_KEY = 'Sorry, that key is not one of the choices.';
export const NO_LATER_TIMES = 'Those were the last open times, so I will go back to the first ones.';
export const JUST_TAKEN = 'I am sorry, that time has just been taken.';
export const NOT_CONFIRMED = 'Your appointment is not confirmed yet.';
export const CALLBACK_NOTED =
  'I have noted your request, and the shop will call you back at the number you are calling from.';
export const NOBODY_FREE = 'I am sorry, nobody can come to the phone right now.';
export const CONNECTING = 'I will connect you with a person now.';
export const NO_ANSWER_CONNECTING = 'I did not get an answer, so I will connect you with a person.';
export const NO_ANSWER_GOODBYE = 'I did not get an answer, so I will end the call now.';
const WRONG_DIGITS = 'I am sorry, that does not match.';
export const GOODBYE = 'Goodbye.';
/** More than these are more than a caller can remember. */
const MAX_READ_OUT = 5;

export const OVER_LIMIT = 'I am sorry, I cannot book this appointment for you myself.';
export const CALL_BACK_OPTION = 'To have the shop call you back, press 4.';
const SHOW_NUMBER = 'Please call again from a phone that shows its number.';
const PERSON_HELPS = 'A person at the shop can help you with that.';
const PERSON_OPTION = 'To speak with a person, press 0.';
const COUNTS = ['no', 'one', 'two', 'three', 'four', 'five'];

export function welcome(shop: KeypadShop): string {
  return sentence(`Thank you for calling ${shop.name}`);
}

export function helloTo(firstName: string): string {
  return sentence(`Hello, ${firstName}`);
}

export function menuPrompt(shop: KeypadShop): Sentences {
  return [
    'To book an appointment, press 1.',
    'To hear your upcoming appointments, press 2.',
    'For our opening hours, press 3.',
    ...(shop.canTransfer ? [PERSON_OPTION] : []),
    'To hear this again, press star.',
  ];
}

export function shopInfo(shop: KeypadShop): Sentences {
  return [sentence(`We are open ${shop.spokenHours}`)];
}

export function vinPrompt(): Sentences {
  return [
    'To hear your appointments, please enter the last four digits of the VIN of your vehicle.',
    'To start over, press star.',
    'For the main menu, press pound.',
  ];
}

export function wrongDigits(triesLeft: number): Sentences {
  return [
    WRONG_DIGITS,
    triesLeft === 1 ? 'You have one more try.' : `You have ${COUNTS[triesLeft]} more tries.`,
  ];
}

export function servicePrompt(): Sentences {
  return ['Which service do you need?', ...SERVICES.map(({ choice }, index) => option(choice, index + 1))];
}

export function vehiclePrompt(vehicles: readonly VehicleChoice[]): Sentences {
  return ['Which vehicle is it for?', ...vehicles.map(({ name }, index) => option(`the ${name}`, index + 1))];
}

/** `first`: the page begins with the next open time of all. A day that all have in common is said once. */
export function timesPrompt({ sayTime }: MenuContext, offered: readonly string[], first: boolean): Sentences {
  const days = new Set(offered.map((time) => sayTime(time, 'day')));
  const [day = ''] = days;
  const oneDay = days.size === 1 && offered.length > 1;
  const part = oneDay ? 'clock' : undefined;
  return [
    oneDay ? sentence(`${first ? 'The next' : 'Later'} open times are ${onDay(day)}`) : timesLead(first),
    ...offered.map((time, index) => option(sayTime(time, part), index + 1)),
    'For later times, press 4.',
  ];
}

export function noTimesPrompt(shop: KeypadShop, serviceType: string): Sentences {
  return [
    `I am sorry, there is no open time for your ${nounOf(serviceType)} at the moment.`,
    'For another service, press 1.',
    ...elsewhere(shop),
  ];
}

export function unreachablePrompt({ shop, canCallBack }: MenuContext): Sentences {
  return [
    'I cannot reach the appointment book right now.',
    'To try again, press 1.',
    ...(canCallBack ? ['To have the shop call you back, press 2.'] : []),
    ...elsewhere(shop, canCallBack ? '3' : '2'),
  ];
}

type Choice = Pick<MenuState, 'service' | 'time' | 'vehicle'>;

export function confirmPrompt({ sayTime }: MenuContext, { service, time, vehicle }: Choice): Sentences {
  return [
    sentence(`Your ${nounOf(service ?? '')} would be ${onDay(sayTime(time ?? ''))}`),
    ...(vehicle?.name ? [sentence(`It is for your ${vehicle.name}`)] : []),
    'To confirm, press 1.',
    'To choose another time, press 2.',
  ];
}

export function appointmentList(
  { sayTime }: MenuContext,
  appointments: readonly UpcomingAppointment[],
): Sentences {
  return [
    countSentence(appointments.length),
    ...appointments
      .slice(0, MAX_READ_OUT)
      .map(({ service_type, date }) => sentence(`Your ${nounOf(service_type)} is ${onDay(sayTime(date))}`)),
  ];
}

/** The same after the last wrong digits and where none are asked for. */
export function notIdentified(shop: KeypadShop): Sentences {
  const refusal = 'I am sorry, I cannot check by phone who you are, so I cannot read out appointments.';
  return shop.canTransfer ? [refusal, PERSON_HELPS] : [refusal];
}

/** What is not booked, and what a caller who can be neither rung nor put through may do instead. */
export function overLimit({ shop, canCallBack }: Pick<MenuContext, 'shop' | 'canCallBack'>): Sentences {
  if (shop.canTransfer) return [OVER_LIMIT, PERSON_HELPS];
  return canCallBack ? [OVER_LIMIT] : [OVER_LIMIT, SHOW_NUMBER];
}

/**
 * Every sentence that is known before a call, to be synthesised at start, in the order in which a caller may need
 * them. Not among them: times, vehicles and names.
 */
export function preparedSentences(shop: KeypadShop): Sentences {
  const unspoken: MenuContext = { shop, canCallBack: true, sayTime: () => '' };
  const types = SERVICES.map(({ type }) => type);
  const all = [
    [welcome(shop), ...menuPrompt(shop), ...servicePrompt(), ...vehiclePrompt([])],
    timesPrompt(unspoken, [], true),
    [
      timesPrompt(unspoken, [], false),
      confirmPrompt(unspoken, { service: null, time: null, vehicle: null }).slice(1),
    ],
    [
      ...types.map(bookedSentence),
      GOODBYE,
      ONE_MOMENT,
      STILL_WORKING,
      CONNECTING,
      WRONG_KEY,
      JUST_TAKEN,
      NO_LATER_TIMES,
    ],
    [
      ...unreachablePrompt(unspoken),
      CALLBACK_NOTED,
      NOT_CONFIRMED,
      NO_ANSWER_CONNECTING,
      NO_ANSWER_GOODBYE,
      NOBODY_FREE,
      CUT_OFF,
    ],
    shopInfo(shop),
    [...notIdentified(shop), ...overLimit({ shop, canCallBack: false }), CALL_BACK_OPTION],
    [...vinPrompt(), ...[1, 2].flatMap(wrongDigits)],
    Array.from({ length: MAX_READ_OUT + 2 }, (_, count) => countSentence(count)),
    types.flatMap((type) => noTimesPrompt(shop, type)),
  ];
  return [...new Set(all.flat(2))];
}

function timesLead(first: boolean): string {
  return first ? 'Here are the next open times.' : 'Here are later times.';
}

function countSentence(count: number): string {
  if (count > MAX_READ_OUT) return `Here are your next ${COUNTS[MAX_READ_OUT]} appointments.`;
  return `You have ${COUNTS[count]} upcoming ${count === 1 ? 'appointment' : 'appointments'}.`;
}

function elsewhere(shop: KeypadShop, menuKey = '2'): Sentences {
  return [`For the main menu, press ${menuKey}.`, ...(shop.canTransfer ? [PERSON_OPTION] : [])];
}

function option(choice: string, key: number): string {
  return `For ${choice}, press ${key}.`;
}
