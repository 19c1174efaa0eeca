import { hoursSentences } from '../../speech/spoken-hours.js';
import { onDay, sentence } from '../booking-words.js';
import type { ShopAtCall, ShopFacts } from '../shop-facts.js';
import { type MenuState, movedBy, type VehicleChoice } from './keypad-state.js';

/** What the prompts of a call are made from. */
export interface MenuContext extends ShopAtCall {
  /** The caller shows a number that the shop can ring. */
  readonly canCallBack: boolean;
}

/** Each is synthesised and cached by its text, so one prompt is several. */
export type Sentences = readonly string[];

export const ONE_MOMENT = 'One moment, please.';
export const STILL_WORKING = 'Thank you for waiting. I am still working on it.';
export const CUT_OFF = 'Sorry, we were cut off.';
export const KEYS_FROM_HERE =
  'We have talked for as long as I can on one call, so please go on with the keys of your phone.';
export const WRONG_KEY = 'Sorry, that key is not one of the choices.';
export const NO_LATER_TIMES = 'Those were the last open times, so I will go back to the first ones.';
export const JUST_TAKEN = 'I am sorry, that time has just been taken.';
export const NOT_CONFIRMED = 'Your appointment is not confirmed yet.';
export const CHANGE_NOT_CONFIRMED = 'The change is not confirmed yet.';
export const CALLBACK_NOTED =
  'I have noted your request, and the shop will call you back at the number you are calling from.';
export const URGENT_NOTED = 'I have noted that it is urgent.';
export const NOBODY_FREE = 'I am sorry, nobody can come to the phone right now.';
export const CONNECTING = 'I will connect you with a person now.';
export const NO_ANSWER_CONNECTING = 'I did not get an answer, so I will connect you with a person.';
export const NO_ANSWER_GOODBYE = 'I did not get an answer, so I will end the call now.';
export const GOODBYE = 'Goodbye.';
export const OVER_LIMIT = 'I am sorry, I cannot book this appointment for you myself.';
export const CALL_BACK_OPTION = 'To have the shop call you back, press 4.';
const HELLO = 'Hello, ';
const CLOSED = 'We are closed.';
const SHOW_NUMBER = 'Please call again from a phone that shows its number.';
const PERSON_HELPS = 'A person at the shop can help you with that.';

/** Eight keys choose a service; the ninth is for more of them. */
export const SERVICES_A_PAGE = 8;

export function welcome({ name }: Pick<ShopFacts, 'name'>): string {
  return sentence(`Thank you for calling ${name}`);
}

export function helloTo(firstName: string): string {
  return sentence(`${HELLO}${firstName}`);
}

/** Whether a text is one of {@link helloTo}. */
export function greetsByName(text: string): boolean {
  return text.startsWith(HELLO);
}

/** Said in the greeting outside opening hours; `[]` within them. */
export function closedWords({ opening, sayTime }: Pick<ShopAtCall, 'opening' | 'sayTime'>): Sentences {
  if (opening.isOpen) return [];
  if (opening.at === null) return [CLOSED];
  return [sentence(`We are closed until ${sayTime(opening.at, 'until')}`)];
}

/**
 * The word "press", and a "For" with which all begin, are said with the first alone: a caller who waits for the last choice has
 * heard them.
 */
export function choices(...told: readonly (readonly [what: string, key: string | number])[]): Sentences {
  const allFor = told.every(([what]) => what.startsWith(FOR));
  return told.map(([what, key], index) => {
    if (index === 0) return `${what}, press ${key}.`;
    return `${allFor ? capitalized(what.slice(FOR.length)) : what}, ${key}.`;
  });
}

const FOR = 'For ';

function capitalized(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

export function menuPrompt({ canTransfer, address }: ShopFacts): Sentences {
  return choices(
    ['To book an appointment', 1],
    ['To hear, change or cancel yours', 2],
    [address === null ? 'For our opening hours' : 'For hours and address', 3],
    ...(canTransfer ? [['For a person', 0] as const] : []),
  );
}

export function shopInfo({ hours, address }: ShopFacts): Sentences {
  return [...hoursSentences(hours), ...(address === null ? [] : [sentence(`Our address is ${address}`)])];
}

export function servicePrompt(shop: ShopFacts, page: number): Sentences {
  const first = page * SERVICES_A_PAGE;
  const told = shop.services.slice(first, first + SERVICES_A_PAGE);
  const lead = page === 0 ? ['Which service?'] : [];
  const more = shop.services.length > SERVICES_A_PAGE ? [['For more', 9] as const] : [];
  return [...lead, ...choices(...told.map(({ choice }, index) => forKey(choice, index + 1)), ...more)];
}

export function vehiclePrompt(vehicles: readonly VehicleChoice[]): Sentences {
  return [
    'Which vehicle is it for?',
    ...choices(...vehicles.map(({ name }, index) => forKey(`the ${name}`, index + 1))),
  ];
}

/** `first`: the page begins with the next open time of all. What all have in common, their day and its part, is said once. */
export function timesPrompt({ sayTime }: MenuContext, offered: readonly string[], first: boolean): Sentences {
  const shared = (part: 'day' | 'part_of_day') => {
    const [said, ...others] = new Set(offered.map((time) => sayTime(time, part)));
    return offered.length > 1 && others.length === 0 && said ? said : null;
  };
  const day = shared('day');
  const part = day === null ? null : shared('part_of_day');
  const lead = first ? 'Open times' : 'Later times';
  const common = [day === null ? null : onDay(day), part].filter((said) => said !== null).join(', ');
  const each = day === null ? undefined : part === null ? 'clock' : 'hour';
  return [
    day === null ? timesLead(first) : sentence(`${lead} are ${common}`),
    ...choices(...offered.map((time, index) => forKey(sayTime(time, each), index + 1)), [
      'For later times',
      4,
    ]),
  ];
}

export function noTimesPrompt(shop: ShopFacts, serviceName: string, isMove: boolean): Sentences {
  return [
    `I am sorry, there is no open time for your ${serviceName} at the moment.`,
    ...choices(...(isMove ? [] : [['For another service', 1] as const]), ...elsewhere(shop, 2)),
  ];
}

export function unreachablePrompt({ shop, canCallBack }: MenuContext): Sentences {
  return [
    'I cannot reach the appointment book right now.',
    ...choices(
      ['To try again', 1],
      ...(canCallBack ? [['To have the shop call you back', 2] as const] : []),
      ...elsewhere(shop, canCallBack ? 3 : 2),
    ),
  ];
}

type Choice = Pick<MenuState, 'service' | 'time' | 'vehicle' | 'intent' | 'chosen'>;

/** Reads a choice back: of a new appointment, or of the new time of one. */
export function confirmPrompt({ shop, sayTime }: MenuContext, choice: Choice): Sentences {
  const { service, time, vehicle } = choice;
  const isMove = movedBy(choice) !== null;
  const name = shop.nameOf(service ?? '');
  const car = vehicle?.name ? ` for your ${vehicle.name}` : '';
  const price = shop.services.find(({ type }) => type === service)?.price_cents ?? null;
  return [
    sentence(`Your ${name}${car} would ${isMove ? 'move to' : 'be'} ${onDay(sayTime(time ?? ''))}`),
    ...(isMove || price === null ? [] : [priceSentence(price)]),
    ...CONFIRM_CHOICES,
  ];
}

const CONFIRM_CHOICES = choices(['To confirm', 1], ['For another time', 2]);

/** What is asked when a call-back was promised. */
export function urgencyPrompt(): Sentences {
  return ['If your car does not drive, press 1.', 'Otherwise, you can hang up now.'];
}

/** A service that only a person at the shop can book; what a caller who can be neither rung nor put through may do instead. */
export function notBookable(context: Pick<MenuContext, 'shop' | 'canCallBack'>, name: string): Sentences {
  return [`I am sorry, I cannot book your ${name} myself.`, ...insteadOf(context)];
}

/** What is not booked, and what a caller who can be neither rung nor put through may do instead. */
export function overLimit(context: Pick<MenuContext, 'shop' | 'canCallBack'>): Sentences {
  return [OVER_LIMIT, ...insteadOf(context)];
}

export function insteadOf({ shop, canCallBack }: Pick<MenuContext, 'shop' | 'canCallBack'>): Sentences {
  if (shop.canTransfer) return [PERSON_HELPS];
  return canCallBack ? [] : [SHOW_NUMBER];
}

function forKey(choice: string, key: number): readonly [string, number] {
  return [`For ${choice}`, key];
}

function timesLead(first: boolean): string {
  return first ? 'Here are the next open times.' : 'Here are later times.';
}

function elsewhere({ canTransfer }: ShopFacts, menuKey: number): readonly (readonly [string, number])[] {
  return [['For the main menu', menuKey], ...(canTransfer ? [['For a person', 0] as const] : [])];
}

/** In cents; without cents where there are none. */
export function priceSentence(cents: number): string {
  const [dollars, rest] = [Math.floor(cents / 100), cents % 100];
  const words = [
    ...(dollars > 0 || rest === 0 ? [`${dollars} ${dollars === 1 ? 'dollar' : 'dollars'}`] : []),
    ...(rest > 0 ? [`${rest} ${rest === 1 ? 'cent' : 'cents'}`] : []),
  ];
  return `The price is ${words.join(' and ')}.`;
}
