import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../src/core/redis-url.js';

describe('A Redis URL', () => {
  it('names one server', () => {
    expect(parseRedisUrl('redis://localhost')).toEqual({
      kind: 'server',
      options: { host: 'localhost', port: 6379, db: 0 },
    });
    expect(parseRedisUrl('redis://user:p%40ss@10.0.0.1:6380/5')).toEqual({
      kind: 'server',
      options: { host: '10.0.0.1', port: 6380, db: 5, username: 'user', password: 'p@ss' },
    });
    expect(parseRedisUrl('redis://:secret@[::1]:7000')).toMatchObject({
      options: { host: '::1', port: 7000, password: 'secret' },
    });
  });

  it('asks for TLS with rediss', () => {
    expect(parseRedisUrl('rediss://cache.example.com:6380')).toMatchObject({
      kind: 'server',
      options: { tls: {} },
    });
  });

  it('names the nodes of a Cluster in a comma-separated list', () => {
    expect(parseRedisUrl('redis://:pw@a:7000, redis://b:7001,redis://c')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
      options: { password: 'pw', db: 0 },
    });
  });

  it('names Sentinels, their master and its database', () => {
    expect(parseRedisUrl('redis+sentinel://user:pw@a:26380,b/mymaster/2')).toEqual({
      kind: 'sentinel',
      options: {
        sentinels: [
          { host: 'a', port: 26380 },
          { host: 'b', port: 26379 },
        ],
        name: 'mymaster',
        db: 2,
        failoverDetector: true,
        username: 'user',
        password: 'pw',
      },
    });
    expect(parseRedisUrl('rediss+sentinel://a/m')).toMatchObject({
      options: { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true, db: 0 },
    });
  });

  it('is refused when it has another form, without repeating its password', () => {
    const bad = [
      '',
      'localhost:6379',
      'http://localhost',
      'redis://',
      'redis://:hunter2@host/zero',
      'redis://:hunter2@a/1,redis://b/1',
      'redis://:hunter2@a,,redis://b',
      'redis+sentinel://:hunter2@a',
      'redis+sentinel://:hunter2@a:x/mymaster',
      'redis://:hunter2%@host',
      'redis://:hunter2@host?db=3',
      'redis://:hunter2@host/3?',
      'redis://:hunter2@host/#3',
      'redis://:hunter2@host/3/',
      'redis://:hunter2@host/-1',
      'redis://:hunter2@host/0x3',
      'redis://:hunter2@host/3 ,redis://b',
      'redis://hunter2#2@host',
      'redis+sentinel://:hunter2@a/mymaster/zero',
      'redis+sentinel://:hunter2@a/mymaster?db=3',
    ];
    for (const url of bad) {
      const parse = () => parseRedisUrl(url);
      expect(parse, url).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
      expect(parse, url).not.toThrow(/hunter2/);
    }
  });
});
