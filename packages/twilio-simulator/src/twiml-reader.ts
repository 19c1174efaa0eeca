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

/** The verbs that the simulator plays. URLs are as they stand in the document, perhaps relative. */
export type Verb =
  | { readonly verb: 'connect'; readonly action: Target | null; readonly stream: StreamNoun }
  | { readonly verb: 'redirect'; readonly request: Target }
  | { readonly verb: 'dial'; readonly number: string; readonly action: Target | null }
  | { readonly verb: 'say'; readonly text: string }
  | { readonly verb: 'play'; readonly url: string }
  | { readonly verb: 'pause'; readonly seconds: number }
  | { readonly verb: 'hangup' };

export interface Target {
  readonly url: string;
  readonly method: HttpMethod;
}

// Attributes by element, from twilio.com/docs/voice/twiml; any other raises Twilio's schema warning 12200.
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Response: [],
  Connect: ['action', 'method'],
  Stream: ['url', 'name', 'track', 'connectorName', 'statusCallback', 'statusCallbackMethod'],
  Parameter: ['name', 'value'],
  Redirect: ['method'],
  Dial: ['action', 'method', 'timeout', 'callerId', 'answerOnBridge', 'timeLimit', 'hangupOnStar', 'record'],
  Number: ['sendDigits', 'url', 'method'],
  Say: ['voice', 'language', 'loop'],
  Play: ['loop', 'digits'],
  Pause: ['length'],
  Hangup: [],
};
/** Name and value of one `<Parameter>` together (twilio.com/docs/voice/twiml/stream). */
const MAX_PARAMETER_CHARACTERS = 500;

/**
 * The verbs of a TwiML document, in order. Stricter than Twilio, which passes over what it does not know: every
 * element and attribute must be one that Twilio documents and this simulator plays. Throws `BAD_MESSAGE`.
 */
export function readTwiml(document: string): Verb[] {
  const root = readXml(document);
  if (root.name !== 'Response') fail(`The root of TwiML is <Response>, not <${root.name}>`);
  checkAttributes(root);
  return root.children.map(readVerb);
}

function readVerb(element: XmlElement): Verb {
  checkAttributes(element);
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
      return { verb: 'say', text: requireText(element) };
    case 'Play':
      return { verb: 'play', url: requireText(element) };
    case 'Pause':
      return { verb: 'pause', seconds: readSeconds(element) };
    case 'Hangup':
      return { verb: 'hangup' };
    default:
      return fail(`The simulator does not play <${element.name}>`);
  }
}

function readStream(element: XmlElement): StreamNoun {
  checkAttributes(element);
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
  if (element.name !== 'Parameter') fail(`<Stream> holds <Parameter> only, not <${element.name}>`);
  checkAttributes(element);
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
  if (element.children.length === 0) return requireText(element);
  const number = onlyChild(element, 'Number');
  checkAttributes(number);
  return requireText(number);
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

function checkAttributes(element: XmlElement): void {
  const known = ATTRIBUTES[element.name];
  if (!known) return;
  for (const name of element.attributes.keys()) {
    if (!known.includes(name)) fail(`<${element.name}> has no attribute ${name}`);
  }
}

function fail(sentence: string): never {
  throw new SimulatorError('BAD_MESSAGE', sentence);
}
