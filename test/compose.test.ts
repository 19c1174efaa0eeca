import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.js';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const compose = read('docker-compose.yml').replace(/^\s*#.*\n/gm, '');
const [, body = ''] = /^services:\n([\s\S]*?)^\w/m.exec(compose) ?? [];
const services = Object.fromEntries(
  body.split(/^ {2}(?=\w)/m).flatMap((part) => {
    const [, name] = /^(\w+):\n/.exec(part) ?? [];
    return name ? [[name, part]] : [];
  }),
);

describe('the containers of docker-compose.yml', () => {
  it('are five, and two that watch them, on one base that gives no right away', () => {
    expect(Object.keys(services)).toEqual([
      'gateway',
      'balancer',
      'redis',
      'postgres',
      'caddy',
      'prometheus',
      'grafana',
    ]);
    const [, base = ''] = /^x-closed: &closed\n([\s\S]*?)^\w/m.exec(compose) ?? [];
    expect(base).toContain('read_only: true');
    expect(base).toContain('cap_drop: [ALL]');
    expect(base).toContain('no-new-privileges:true');
    expect(base).toMatch(/pids_limit: \d+/);
    expect(base).toMatch(/cpus: /);
    expect(base).toMatch(/max-size: /);
  });

  it.each(Object.entries(services))('%s is closed and has a limit to its memory', (_name, service) => {
    expect(service).toContain('<<: *closed');
    expect(service).toMatch(/mem_limit: /);
    expect(service).not.toMatch(/privileged: true|network_mode: host|docker\.sock|read_only: false/);
  });

  it('give a capability to Caddy alone, for its ports', () => {
    const given = Object.entries(services).filter(([, service]) => service.includes('cap_add'));
    expect(given.map(([name]) => name)).toEqual(['caddy']);
    expect(services.caddy).toContain('cap_add: [NET_BIND_SERVICE]');
  });

  it('keep Redis and PostgreSQL on a network without a way out, and out of Caddy’s reach', () => {
    expect(compose).toMatch(/^ {2}backend:\n {4}internal: true$/m);
    expect(services.redis).toContain('networks: [backend]');
    expect(services.postgres).toContain('networks: [backend]');
    expect(services.caddy).toContain('networks: [front]');
    expect(services.balancer).toContain('networks: [front]');
    expect(services.gateway).toContain('networks: [front, backend]');
    expect(services.redis).not.toContain('ports:');
    expect(services.postgres).not.toContain('ports:');
  });

  it('watch only when they are asked to, where nobody from outside can look', () => {
    const watching = Object.entries(services).filter(([, service]) =>
      service.includes('profiles: ["monitoring"]'),
    );
    expect(watching.map(([name]) => name)).toEqual(['prometheus', 'grafana']);
    expect(services.prometheus).toContain('networks: [front, monitoring]');
    expect(services.prometheus).toMatch(/- "127\.0\.0\.1:\$\{PROMETHEUS_PORT:-9090\}:9090"/);
    expect(services.grafana).toContain('networks: [monitoring]');
    expect(services.grafana).toMatch(/- "127\.0\.0\.1:\$\{GRAFANA_PORT:-3030\}:3000"/);
    expect(services.grafana).toContain('GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true"');
  });

  it('hand Prometheus and Grafana the files of ops/', () => {
    expect(services.prometheus).toContain('./ops/prometheus:/etc/bayline:ro');
    expect(services.prometheus).toContain('--config.file=/etc/bayline/prometheus.yml');
    const [, port = ''] = /^ {6}PORT: "(\d+)"$/m.exec(services.gateway ?? '') ?? [];
    expect(read('ops/prometheus/prometheus.yml')).toMatch(
      new RegExp(`names: \\[gateway\\]\\n.*\\n\\s+port: ${port}$`, 'm'),
    );
    expect(services.grafana).toContain('./ops/grafana/provisioning:/etc/grafana/provisioning:ro');
    const [, folder = ''] = /path: (\S+)/.exec(read('ops/grafana/provisioning/dashboards/bayline.yml')) ?? [];
    expect(services.grafana).toContain(`./ops/grafana/dashboards:${folder}:ro`);
    expect(services.grafana).toContain(`HOME_DASHBOARD_PATH: ${folder}/callers.json`);
  });

  it('open no port of a gateway, so that there may be several, and the balancer’s on this machine alone', () => {
    expect(services.gateway).not.toMatch(/^ {4}(ports|container_name):/m);
    expect(services.balancer).toMatch(/- "127\.0\.0\.1:\$\{BALANCER_PORT:-3000\}:8080"/);
    expect(services.balancer).toContain('BALANCER_LISTEN: ":8080"');
  });

  it('lead from Caddy to the balancer, and from there to every replica of the gateway', () => {
    expect(services.caddy).toContain('BALANCER: balancer:8080');
    expect(read('Caddyfile')).toMatch(/reverse_proxy \{\$BALANCER:/);
    const names = [...read('Caddyfile').matchAll(/\{\$(\w+)/g)].map(([, name = '']) => name);
    expect(names).toContain('CADDY_TLS');
    expect(names.filter((name) => !services.caddy?.includes(`\n      ${name}: `))).toEqual([]);
    expect(services.balancer).toContain('./ops/haproxy:/etc/bayline:ro');
    const files = ['bayline.cfg', 'compose.cfg'].map((file) => `"-f", "/etc/bayline/${file}"`).join(', ');
    expect(services.balancer).toContain(`entrypoint: ["haproxy", "-W", "-db", ${files}]`);
    const [, port = ''] = /^ {6}PORT: "(\d+)"$/m.exec(services.gateway ?? '') ?? [];
    const templates = read('ops/haproxy/compose.cfg').match(/server-template gateway \d+ gateway:\d+/g) ?? [];
    expect(templates).toHaveLength(2);
    for (const template of templates) expect(template).toMatch(new RegExp(` gateway:${port}$`));
  });

  it('give a gateway longer to stop than its calls have, with the notice to the balancer', () => {
    const [, seconds = ''] = /stop_grace_period: (\d+)s/.exec(services.gateway ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(loadConfig({}).drainTimeoutSeconds + 5);
  });

  it.each(['POSTGRES_PASSWORD', 'REDIS_PASSWORD'])('stop with a sentence without %s', (name) => {
    const uses = compose.match(new RegExp(`\\$\\{${name}[^}]*\\}`, 'g')) ?? [];
    expect(uses).toHaveLength(2);
    for (const use of uses) expect(use).toContain(`:?put ${name} into .env`);
  });

  it('read no setting that .env.example does not show', () => {
    const names = [...compose.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
    expect(names).toContain('CADDY_TLS');
    expect(names.filter((name) => !read('.env.example').includes(`\n#${name}=`))).toEqual([]);
  });

  it('keep their data in volumes that docs/deployment.md names', () => {
    const [, volumes = ''] = /^volumes:\n((?: {2}[\w-]+:\n)+)/m.exec(compose) ?? [];
    const names = [...volumes.matchAll(/[\w-]+/g)].map(([name]) => name);
    expect(names).toContain('redis-data');
    expect(names.filter((name) => !read('docs/deployment.md').includes(`\`${name}\``))).toEqual([]);
  });

  it('show no password in a health check', () => {
    for (const [, check = ''] of compose.matchAll(/test: (.*)/g)) expect(check).not.toMatch(/PASSWORD|AUTH/);
  });
});

it('an installation for development has the dev dependencies, whatever NODE_ENV is', () => {
  expect(read('.npmrc')).toMatch(/^include=dev$/m);
});

it('the image installs no dev dependencies and runs no install scripts', () => {
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
  expect(read('Dockerfile')).toMatch(/npm ci --omit=dev --ignore-scripts/);
  const [, stage = ''] = /AS dependencies\n([\s\S]*?)npm ci --omit=dev/.exec(read('Dockerfile')) ?? [];
  // It asks for the dev dependencies.
  expect(stage).not.toMatch(/^COPY .*\.npmrc/m);
});
