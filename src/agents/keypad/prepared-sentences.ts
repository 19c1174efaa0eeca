import { bookedSentence, movedSentence } from '../booking-words.js';
import type { ShopFacts } from '../shop-facts.js';
import { preparedOfAppointments } from './appointment-prompts.js';
import {
  CALL_BACK_OPTION,
  CALLBACK_NOTED,
  CHANGE_NOT_CONFIRMED,
  CONNECTING,
  CUT_OFF,
  choices,
  closedWords,
  confirmPrompt,
  GOODBYE,
  JUST_TAKEN,
  type MenuContext,
  menuPrompt,
  NO_ANSWER_CONNECTING,
  NO_ANSWER_GOODBYE,
  NO_LATER_TIMES,
  NOBODY_FREE,
  NOT_CONFIRMED,
  noTimesPrompt,
  notBookable,
  ONE_MOMENT,
  overLimit,
  priceSentence,
  SERVICES_A_PAGE,
  type Sentences,
  STILL_WORKING,
  servicePrompt,
  shopInfo,
  timesPrompt,
  URGENT_NOTED,
  unreachablePrompt,
  urgencyPrompt,
  vehiclePrompt,
  WRONG_KEY,
  welcome,
} from './keypad-prompts.js';

/**
 * Every sentence that is known before a call, to be synthesised at start, in the order in which a caller may need
 * them. Not among them: times, vehicles and names.
 */
export function preparedSentences(shop: ShopFacts): Sentences {
  return [...new Set([...greetingAndServices(shop), ...times(shop), ...endings(shop), ...otherwise(shop)])];
}

function greetingAndServices(shop: ShopFacts): Sentences {
  const pages = Math.max(1, Math.ceil(shop.services.length / SERVICES_A_PAGE));
  return [
    welcome(shop),
    ...menuPrompt(shop),
    ...Array.from({ length: pages }, (_, page) => servicePrompt(shop, page)).flat(),
    ...vehiclePrompt([]),
  ];
}

function times(shop: ShopFacts): Sentences {
  const context = unspoken(shop);
  const nothing = { service: null, time: null, vehicle: null, intent: null, chosen: null };
  const prices = shop.services.flatMap(({ price_cents: price }) =>
    price === null ? [] : [priceSentence(price)],
  );
  return [
    ...[true, false].map((first) => timesPrompt(context, [], first)[0] ?? ''),
    ...choices(['For ', 1], ['For later times', 4]).slice(1),
    JUST_TAKEN,
    ...confirmPrompt(context, nothing).slice(1),
    ...new Set(prices),
  ];
}

function endings(shop: ShopFacts): Sentences {
  return [
    ...shop.serviceNames.map(bookedSentence),
    GOODBYE,
    ONE_MOMENT,
    STILL_WORKING,
    CONNECTING,
    WRONG_KEY,
    NO_LATER_TIMES,
    ...[true, false].flatMap((canCallBack) => unreachablePrompt({ ...unspoken(shop), canCallBack })),
    CALLBACK_NOTED,
    ...urgencyPrompt(),
    URGENT_NOTED,
    NOT_CONFIRMED,
    CHANGE_NOT_CONFIRMED,
    NO_ANSWER_CONNECTING,
    NO_ANSWER_GOODBYE,
    NOBODY_FREE,
    CUT_OFF,
  ];
}

function otherwise(shop: ShopFacts): Sentences {
  const { services, serviceNames } = shop;
  return [
    ...shopInfo(shop),
    ...overLimit({ shop, canCallBack: true }),
    ...overLimit({ shop, canCallBack: false }),
    CALL_BACK_OPTION,
    ...preparedOfAppointments(shop),
    ...serviceNames.map(movedSentence),
    ...closedWords({ ...unspoken(shop), opening: { isOpen: false, at: null } }),
    ...services.flatMap(({ name }) => notBookable({ shop, canCallBack: false }, name)),
    ...serviceNames.flatMap((name) => [true, false].flatMap((isMove) => noTimesPrompt(shop, name, isMove))),
  ];
}

function unspoken(shop: ShopFacts): MenuContext {
  return { shop, canCallBack: true, sayTime: () => '', opening: { isOpen: true, at: null } };
}
