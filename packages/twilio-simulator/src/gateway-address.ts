/**
 * Where a gateway is reached. Twilio asks for and signs the public address; a gateway behind no tunnel is connected
 * to directly. Any other host that TwiML names is connected to as it stands.
 */
export class GatewayAddress {
  #direct: URL;
  readonly #public: URL;
  /** The authority that vouches for certificates, PEM; undefined: the usual ones. */
  readonly ca: string | undefined;

  /** Throws a `TypeError` when one of the two is no absolute URL. */
  constructor(directUrl: string, publicUrl = directUrl, ca?: string) {
    this.ca = ca;
    this.#direct = new URL(directUrl);
    this.#public = new URL(publicUrl);
  }

  /** From now on connects to another gateway behind the same public address, as a balancer does. */
  routeTo(directUrl: string): void {
    this.#direct = new URL(directUrl);
  }

  /** The address Twilio would have been given for a path of the gateway; this is what is signed. */
  publicUrl(path: string): string {
    return `${this.#public.href.replace(/\/$/, '')}${path}`;
  }

  /** Where to connect for a URL (`http`, `https`, `ws` or `wss`) as TwiML gives it. */
  connectUrl(url: string): URL {
    const target = new URL(url);
    if (target.host !== this.#public.host) return target;
    const direct = new URL(target);
    const secure = this.#direct.protocol === 'https:';
    direct.protocol = `${target.protocol.startsWith('ws') ? 'ws' : 'http'}${secure ? 's' : ''}:`;
    direct.host = this.#direct.host;
    if (!this.#direct.port) direct.port = '';
    return direct;
  }
}
