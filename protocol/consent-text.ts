import type { Language } from './api/shared.ts';

/** The wording that somebody agreed to, as a grant names it. */
export interface ConsentTextName {
  id: string;
  version: number;
  language: Language;
  /** Of the sentences as they were shown, in UTF-8, hex. */
  sha256: string;
}

/** `consent/control/en v1 sha256:…`; undefined when it is not put like that. */
export function readConsentTextName(stated: string): ConsentTextName | undefined {
  const match = /^(\S+\/(en|zh-CN)) v(\d{1,6}) sha256:([0-9a-f]{64})$/.exec(stated);
  if (match === null) return undefined;
  const [, id = '', language, version, sha256 = ''] = match;
  return { id, version: Number(version), language: language === 'zh-CN' ? 'zh-CN' : 'en', sha256 };
}
