import type { Status, StatusCertificate, StatusWarning } from '../../../protocol/api/status.ts';
import { formatBytes, formatDateTime, formatRelative, t } from '../i18n/i18n.svelte.ts';
import type { Tone } from '../design/tone.ts';

/** A warning in words: what is the matter, what to do, and what to type where that is what there is to do. */
export interface WarningWords {
  tone: Tone;
  title: string;
  text: string;
  command: string | null;
}

const BACKUP_COMMAND = 'npm run handrail -- backup FILE --recipient age1…';

export function wordWarning(warning: StatusWarning, status: Status): WarningWords {
  const { code } = warning;
  switch (code) {
    case 'disk-full':
    case 'disk-low': {
      const title = t(`status.warning.${code}`, { size: formatBytes(warning.freeBytes) });
      const tone = code === 'disk-full' ? 'danger' : 'attention';
      return { tone, title, text: t(`status.todo.${code}`), command: status.storage.directory };
    }
    case 'certificate-ended':
    case 'certificate-ends':
      return wordCertificate(warning);
    case 'backup-missing':
      return {
        ...attention(t('status.warning.backup-missing')),
        text: t('status.todo.backup'),
        command: BACKUP_COMMAND,
      };
    case 'backup-old': {
      const title = t('status.warning.backup-old', { time: formatRelative(warning.at, status.at) });
      return { ...attention(title), text: t('status.todo.backup'), command: BACKUP_COMMAND };
    }
    case 'checkpoint-late':
      return { ...attention(t('status.warning.checkpoint-late')), text: t('status.todo.checkpoint'), command: null };
    case 'helper-missing': {
      const command = 'npm run package:helper';
      return { ...attention(t('status.warning.helper-missing')), text: t('status.todo.helper'), command };
    }
    case 'metrics-unavailable': {
      const title = t('status.warning.metrics-unavailable', { port: String(warning.port) });
      return { ...attention(title), text: t('status.todo.metrics'), command: 'HANDRAIL_METRICS_PORT=…' };
    }
  }
}

const attention = (title: string): Pick<WarningWords, 'tone' | 'title'> => ({ tone: 'attention', title });

const RENEW_COMMANDS: Readonly<Partial<Record<StatusCertificate['kind'], string>>> = {
  authority: 'npm run handrail -- rotate authority',
  checkpoint: 'npm run handrail -- rotate checkpoint-key --yes',
};

function wordCertificate({ code, kind, at }: Extract<StatusWarning, { kind: unknown }>): WarningWords {
  const certificate = t(`status.certificate.${kind}`);
  const hasEnded = code === 'certificate-ended';
  return {
    tone: hasEnded ? 'danger' : 'attention',
    title: hasEnded
      ? t('status.warning.certificate-ended', { certificate })
      : t('status.warning.certificate-ends', { certificate, time: formatDateTime(at) }),
    text: t(`status.renew.${kind}`),
    command: RENEW_COMMANDS[kind] ?? null,
  };
}
