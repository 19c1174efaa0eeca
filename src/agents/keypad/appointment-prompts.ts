import { cardinal } from '../../core/spelled-numbers.js';
import type { CarStatus } from '../../database/appointment-status.js';
import { onDay, sentence } from '../booking-words.js';
import { choices, insteadOf, type MenuContext, type Sentences } from './keypad-prompts.js';
import type { ToldAppointment } from './keypad-state.js';

export const LAST_APPOINTMENT = 'That was the last one, so I will go back to the first.';
export const CHANGED_MEANWHILE = 'That appointment has been changed at the shop meanwhile.';
export const CANCELLED = 'That appointment has been cancelled.';
const CANNOT_CHANGE = 'I am sorry, I cannot change that appointment myself.';
const CANNOT_READ = 'I am sorry, I cannot check by phone who you are, so I cannot read out appointments.';
const WRONG_DIGITS = 'I am sorry, that does not match.';

/** Where a car stands that is in the shop. */
const STANDING: Readonly<Record<CarStatus, string>> = {
  arrived: 'Work on it has not begun yet.',
  in_progress: 'We are working on it.',
  waiting_for_parts: 'It is waiting for parts.',
  ready: 'It is ready to be picked up.',
};

export function vinPrompt(): Sentences {
  return [
    'To hear your appointments, please enter the last four digits of the VIN of your vehicle.',
    ...choices(['To start over', 'star'], ['For the main menu', 'pound']),
  ];
}

export function wrongDigits(triesLeft: number): Sentences {
  return [
    WRONG_DIGITS,
    triesLeft === 1 ? 'You have one more try.' : `You have ${cardinal(triesLeft)} more tries.`,
  ];
}

/** The same after the last wrong digits and where none are asked for. */
export function notIdentified(context: Pick<MenuContext, 'shop' | 'canCallBack'>): Sentences {
  return context.shop.canTransfer ? [CANNOT_READ, ...insteadOf(context)] : [CANNOT_READ];
}

/** At most so many are told. */
export const MOST_APPOINTMENTS = 20;

/** More than these are not counted for the caller. */
const MOST_COUNTED = 5;

export function countSentence(count: number): string {
  if (count === 0) return 'You have no upcoming appointments.';
  if (count > MOST_COUNTED) return 'You have several appointments.';
  return `You have ${cardinal(count)} ${count === 1 ? 'appointment' : 'appointments'}.`;
}

/** Reads one of several appointments out, and what can be done with it. */
export function appointmentPrompt(context: MenuContext, told: ToldAppointment, of: number): Sentences {
  return [
    ...tellingOf(context, told),
    ...choices(
      ...(told.mayChange
        ? ([
            ['To change it', 1],
            ['To cancel it', 2],
          ] as const)
        : []),
      ...(of > 1 ? [['For the next one', 3] as const] : []),
      ['For the main menu', 'star'],
    ),
  ];
}

function tellingOf({ shop, sayTime }: MenuContext, told: ToldAppointment): Sentences {
  const name = shop.nameOf(told.service_type);
  if (told.status === 'booked') return [sentence(`Your ${name} is ${onDay(sayTime(told.date))}`)];
  return [inTheShop(told.car ?? 'car', name), STANDING[told.status]];
}

function inTheShop(car: string, serviceName: string): string {
  return `Your ${car} is in the shop for its ${serviceName}.`;
}

/** Reads back what is to be cancelled. */
export function cancelPrompt({ shop, sayTime }: MenuContext, told: ToldAppointment): Sentences {
  return [
    `Shall I cancel your ${shop.nameOf(told.service_type)} ${onDay(sayTime(told.date))}?`,
    ...CANCEL_CHOICES,
  ];
}

const CANCEL_CHOICES = choices(['To cancel it', 1], ['To keep it', 2]);

/** What cannot be changed by keys, and what a caller who can be neither rung nor put through may do instead. */
export function cannotChange(context: Pick<MenuContext, 'shop' | 'canCallBack'>): Sentences {
  return [CANNOT_CHANGE, ...insteadOf(context)];
}

/** Of these prompts, every sentence that is known before a call; not among them: times and vehicles. */
export function preparedOfAppointments({ serviceNames }: MenuContext['shop']): Sentences {
  const booked = choices(
    ['To change it', 1],
    ['To cancel it', 2],
    ['For the next one', 3],
    ['For the main menu', 'star'],
  );
  return [
    ...Array.from({ length: MOST_COUNTED + 2 }, (_, count) => countSentence(count)),
    ...booked,
    ...choices(['For the next one', 3], ['For the main menu', 'star']),
    ...choices(['For the main menu', 'star']),
    ...CANCEL_CHOICES,
    ...serviceNames.map((name) => inTheShop('car', name)),
    ...Object.values(STANDING),
    LAST_APPOINTMENT,
    CHANGED_MEANWHILE,
    CANCELLED,
    CANNOT_CHANGE,
    CANNOT_READ,
    ...vinPrompt(),
    ...[1, 2].flatMap(wrongDigits),
  ];
}
