import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { ROLES } from '../../../protocol/api/access.ts';
import { CATEGORY_ICONS, SYSTEM_MESSAGES } from '../../../protocol/api/desk.ts';
import { CERTIFICATE_KINDS, statusWarning } from '../../../protocol/api/status.ts';
import { AUDIT_ACTIONS } from '../../../protocol/audit.ts';
import { CAPABILITY_NAMES, MODES } from '../../../protocol/capabilities.ts';
import { ERROR_STATUS } from '../../../protocol/errors.ts';
import { SWITCH_KINDS } from '../../../protocol/api/edition.ts';

import { PURPOSES, REVOKE_CAUSES } from '../../../protocol/grant.ts';
import { END_REASONS, PAUSE_REASONS, SESSION_STATES } from '../../../protocol/lifecycle.ts';
import { CAPTURE_METHODS, FROZEN_BY, HIDDEN_WHYS, INPUT_REFUSALS, VIDEO_ENCODERS } from '../../../protocol/stream.ts';
import { REACHES } from '../../../protocol/scope.ts';
import { en } from './en.ts';
import type { Message } from './message.ts';
import { zhCN } from './zh-CN.ts';

const english: Readonly<Record<string, Message>> = en;
const chinese: Readonly<Record<string, Message>> = zhCN;
const keys = Object.keys(english);
const SOURCE = join(import.meta.dirname, '..');

/** Families whose keys end in a code of the protocol: exactly these, no more. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  'error.': [...Object.keys(ERROR_STATUS), 'network', 'answer.unreadable'],
  'end.': END_REASONS,
  'end-reason.': END_REASONS,
  'pause.': PAUSE_REASONS,
  'viewer.paused.': PAUSE_REASONS,
  'viewer.capability.': CAPABILITY_NAMES,
  'viewer.cover.': HIDDEN_WHYS,
  'viewer.hidden.': HIDDEN_WHYS,
  'viewer.frozen.': FROZEN_BY,
  'viewer.source.capture.': CAPTURE_METHODS,
  'viewer.source.video.': VIDEO_ENCODERS,
  // The last two are the page's own.
  'viewer.notice.': [...INPUT_REFUSALS, 'files', 'taken-back', 'given-back'],
  'receipt.pause.': PAUSE_REASONS,
  'receipt.right.': CAPABILITY_NAMES,
  'receipt.mode.': MODES,
  'receipt.purpose.': PURPOSES,
  'edition-kind.': SWITCH_KINDS,
  'pause-reason.': PAUSE_REASONS,
  'right.': CAPABILITY_NAMES,
  'reach.': REACHES,
  'purpose.': PURPOSES,
  'revoke-cause.': REVOKE_CAUSES,
  'desk.session.': SESSION_STATES,
  'system.': SYSTEM_MESSAGES,
  'role.': ROLES,
  'role-text.': ROLES,
  'icon.': CATEGORY_ICONS,
  'status.certificate.': CERTIFICATE_KINDS,
  'status.renew.': CERTIFICATE_KINDS,
  'status.session.': SESSION_STATES,
  'status.warning.': statusWarning.options.map(({ shape }) => shape.code.value),
  'audit-field.': [...new Set(Object.values(AUDIT_ACTIONS).flatMap((fields) => Object.keys(fields)))],
};

/** All text of the user interface's source, without the catalogues and tests. */
function readSource(): string {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.(ts|svelte)$/.test(path) && !/\.test\.ts$/.test(path) && !path.startsWith('i18n'),
  );
  return files.map((path) => readFileSync(join(SOURCE, path), 'utf8')).join('\n');
}

function formsOf(message: Message | undefined): string[] {
  if (message === undefined) return [];
  return typeof message === 'string' ? [message] : Object.values(message);
}

function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))].sort();
}

/** The placeholders of all forms; `count` is always there for the choice of the plural. */
function placeholders(message: Message | undefined): string[] {
  const all = formsOf(message).flatMap(placeholdersOf);
  return [...new Set(typeof message === 'string' ? all : [...all, 'count'])].sort();
}

describe('the message catalogue', () => {
  const source = readSource();
  const literals = new Set([...source.matchAll(/'([a-z][\w-]*(?:[./][\w-]+)+)'/g)].map((match) => match[1] ?? ''));
  const prefixes = [...source.matchAll(/`([a-z][\w-]*\.(?:[\w-]+[./])*)\$\{/g)].map((match) => match[1] ?? '');
  const isUsed = (key: string) => literals.has(key) || prefixes.some((prefix) => key.startsWith(prefix));

  test('has every key in both languages', () => {
    assert.deepEqual(Object.keys(chinese).sort(), [...keys].sort());
  });

  test('has no empty text', () => {
    const empty = keys.filter((key) => [english, chinese].some((one) => formsOf(one[key]).some((text) => text === '')));
    assert.deepEqual(empty, []);
  });

  test('has the same placeholders in both languages', () => {
    const different = keys.filter((key) => placeholders(english[key]).join() !== placeholders(chinese[key]).join());
    assert.deepEqual(different, []);
  });

  test('writes Chinese in Chinese: no text is the English one, but for names and codes', () => {
    const same = keys.filter((key) => {
      const [text] = formsOf(english[key]);
      return text === formsOf(chinese[key])[0] && /[a-z]{4}/.test(text ?? '');
    });
    assert.deepEqual(same, ['setup.trust.windows', 'setup.trust.linux', 'setup.trust.firefox']);
  });

  test('has no key that no page uses', () => {
    assert.deepEqual(
      keys.filter((key) => !isUsed(key)),
      [],
    );
  });

  test('has every key that a page uses', () => {
    const used = [...source.matchAll(/\bt\(\s*'([^']+)'/g)].map((match) => match[1] ?? '');
    assert.ok(used.length > 200, 'the search for uses finds them');
    assert.deepEqual(
      used.filter((key) => !keys.includes(key)),
      [],
    );
  });

  for (const [prefix, codes] of Object.entries(FAMILIES)) {
    test(`words every code of the protocol under "${prefix}" and no other`, () => {
      const inCatalogue = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      assert.deepEqual(inCatalogue.sort(), [...codes].sort());
    });
  }

  test('words every audit action and no other', () => {
    const worded = keys.filter((key) => /^audit\.[a-z]+\//.test(key)).map((key) => key.slice('audit.'.length));
    assert.deepEqual(worded.sort(), Object.keys(AUDIT_ACTIONS).sort());
  });
});
