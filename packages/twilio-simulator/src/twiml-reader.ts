import { SimulatorError } from './error.js';
import { readXml, type XmlElement } from './xml-reader.js';

export type HttpMethod = 'GET' | 'POST';

/** `<Stream>` inside `<Connect>`. */
export interface StreamNoun {
  readonly url: string;
  readonly name: string | null;
  readonly statusCallback: { readonly url: string; readonly method: HttpMethod } | null;
  readonly parameters: Readonly<Record<string, string>>;
}

/** URLs are as they stand in the document, perhaps relative. `unplayed`: one that the simulator cannot play, and what of it. */
export type Verb =
  | { readonly verb: 'connect'; readonly action: Target | null; readonly stream: StreamNoun }
  | { readonly verb: 'redirect'; readonly request: Target }
  | { readonly verb: 'dial'; readonly number: string; readonly action: Target | null }
  | { readonly verb: 'say'; readonly text: string }
  | { readonly verb: 'play'; readonly url: string }
  | { readonly verb: 'pause'; readonly seconds: number }
  | { readonly verb: 'hangup' }
  | { readonly verb: 'unplayed'; readonly what: string };

export interface Target {
  readonly url: string;
  readonly method: HttpMethod;
}

interface Played {
  /** With spaces between them. */
  readonly attributes: string;
  /** The elements that may stand in it; `null`: any, as SSML in `<Say>`. */
  readonly children: readonly string[] | null;
}

// What is played, with the attributes that twilio.com/docs/voice/twiml names; any other raises schema warning 12200.
const PLAYED: Readonly<Record<string, Played>> = {
  Connect: { attributes: 'action method', children: ['Stream'] },
  Stream: {
    attributes: 'url name track connectorName statusCallback statusCallbackMethod',
    children: ['Parameter'],
  },
  Parameter: { attributes: 'name value', children: [] },
  Redirect: { attributes: 'method', children: [] },
  Dial: {
    attributes:
      'action method timeout timeLimit callerId answerOnBridge hangupOnStar ringTone sequential events referUrl ' +
      'referMethod record trim recordingTrack recordingStatusCallback recordingStatusCallbackMethod ' +
      'recordingStatusCallbackEvent',
    children: ['Number'],
  },
  Number: {
    attributes:
      'sendDigits url method statusCallback statusCallbackMethod statusCallbackEvent byoc amdStatusCallback ' +
      'amdStatusCallbackMethod machineDetection machineDetectionTimeout machineDetectionSpeechThreshold ' +
      'machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout',
    children: [],
  },
  Say: { attributes: 'voice language loop', children: null },
  Play: { attributes: 'loop digits', children: [] },
  Pause: { attributes: 'length', children: [] },
  Hangup: { attributes: '', children: [] },
};
/** Name and value of one `<Parameter>` together (twilio.com/docs/voice/twiml/stream). */
const MAX_PARAMETER_CHARACTERS = 500;

/**
 * The verbs of a TwiML document, in order. Stricter than Twilio, which passes over what it does not know: a verb with
 * an element or attribute that is not played is `unplayed`. Throws `BAD_MESSAGE` for what Twilio cannot run.
 */
export function readTwiml(document: string): Verb[] {
  const root = readXml(document);
  if (root.name !== 'Response') fail(`The root of TwiML is <Response>, not <${root.name}>`);
  return root.children.map(readVerb);
}

function readVerb(element: XmlElement): Verb {
  const what = unplayedIn(element);
  if (what !== null) return { verb: 'unplayed', what };
  switch (element.name) {
    case 'Connect':
      return {
        verb: 'connect',
        action: readAction(element),
        stream: readStream(onlyChild(element, 'Stream')),
      };
    case 'Redirect':
      return {
        verb: 'redirect',
        request: { url: requireText(element), method: readMethod(element, 'method') },
      };
    case 'Dial':
      return { verb: 'dial', number: readDialled(element), action: readAction(element) };
    case 'Say':
      return { verb: 'say', text: readWords(element) };
    case 'Play':
      return { verb: 'play', url: requireText(element) };
    case 'Pause':
      return { verb: 'pause', seconds: readSeconds(element) };
    case 'Hangup':
      return { verb: 'hangup' };
    default:
      return { verb: 'unplayed', what: `<${element.name}>` };
  }
}

/** The first thing in an element that the simulator cannot play; `null` when it can play all of it. */
function unplayedIn(element: XmlElement): string | null {
  const { name, attributes, children } = element;
  const played = PLAYED[name];
  if (!played) return `<${name}>`;
  const known = played.attributes.split(' ');
  const attribute = [...attributes.keys()].find((each) => !known.includes(each));
  if (attribute !== undefined) return `the attribute ${attribute} of <${name}>`;
  const nouns = played.children;
  if (nouns === null) return null;
  if (name === 'Dial' && children.length > 1) return 'more than one number in <Dial>';
  const stranger = children.find((child) => !nouns.includes(child.name));
  if (stranger) return `<${stranger.name}> in <${name}>`;
  return children.map(unplayedIn).find((inner) => inner !== null) ?? null;
}

function readStream(element: XmlElement): StreamNoun {
  const url = element.attributes.get('url') ?? fail('<Stream> has no url');
  const track = element.attributes.get('track') ?? 'inbound_track';
  if (track !== 'inbound_track') fail(`<Connect><Stream> carries the inbound track only, not ${track}`);
  const callback = element.attributes.get('statusCallback');
  return {
    url,
    name: element.attributes.get('name') ?? null,
    statusCallback: callback ? { url: callback, method: readMethod(element, 'statusCallbackMethod') } : null,
    parameters: Object.fromEntries(element.children.map(readParameter)),
  };
}

function readParameter(element: XmlElement): [string, string] {
  const name = element.attributes.get('name') ?? fail('<Parameter> has no name');
  const value = element.attributes.get('value') ?? fail(`<Parameter name="${name}"> has no value`);
  if (name.length + value.length > MAX_PARAMETER_CHARACTERS) {
    fail(
      `<Parameter name="${name}"> is longer than ${MAX_PARAMETER_CHARACTERS} characters, name and value together`,
    );
  }
  return [name, value];
}

function readDialled(element: XmlElement): string {
  return requireText(element.children[0] ?? element);
}

function readAction(element: XmlElement): Target | null {
  const url = element.attributes.get('action');
  return url ? { url, method: readMethod(element, 'method') } : null;
}

function readMethod(element: XmlElement, attribute: string): HttpMethod {
  const method = element.attributes.get(attribute) ?? 'POST';
  if (method === 'GET' || method === 'POST') return method;
  return fail(`<${element.name}> has ${attribute}="${method}"; it may be GET or POST`);
}

function readSeconds(element: XmlElement): number {
  const length = element.attributes.get('length') ?? '1';
  return /^\d+$/.test(length)
    ? Number(length)
    : fail(`<Pause length="${length}"> is no whole number of seconds`);
}

function onlyChild(element: XmlElement, name: string): XmlElement {
  const [child, ...others] = element.children;
  if (child?.name === name && others.length === 0) return child;
  return fail(`<${element.name}> needs exactly one <${name}>`);
}

function requireText(element: XmlElement): string {
  return element.text || fail(`<${element.name}> is empty`);
}

/** SSML counts as its words; it may hold none, as a `<break/>`. */
function readWords(element: XmlElement): string {
  return element.children.length > 0 ? element.textContent.trim() : requireText(element);
}

function fail(sentence: string): never {
  throw new SimulatorError('BAD_MESSAGE', sentence);
}
