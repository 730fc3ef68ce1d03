import type { Message } from '../message.ts';

export const access = {
  'sign-in.title': 'Sign in',
  'sign-in.lead': 'Help from IT at {organisation}.',
  'sign-in.number': 'Employee number',
  'sign-in.password': 'Password',
  'sign-in.submit': 'Sign in',
  'sign-in.no-password': 'No password yet, or forgotten? Ask an administrator for a one-time link.',
  'sign-in.signed-out': 'You have been signed out',
  'sign-in.signed-out-text': 'Your sign-in has ended. Sign in again to go on.',

  'password.show': 'Show password',
  'password.hint': 'At least 12 characters. A short sentence is easy to remember and hard to guess.',
  'password.too-short': 'Use at least 12 characters.',

  'welcome.title': 'Welcome, {name}',
  'welcome.lead': 'Choose a password for {organisation}. Your employee number is {number}.',
  'welcome.password': 'New password',
  'welcome.submit': 'Set password and sign in',
  'welcome.gone': 'This link does not work any more',
  'welcome.gone-text': 'One-time links can be used once and for a short time. Ask an administrator for a new one.',

  'not-found.title': 'This page does not exist',
  'not-found.text': 'Perhaps the address has a mistake in it, or the page is not open to you.',

  'code.title': 'Enter your code',
  'code.lead': 'The person from IT reads nine digits to you on the phone.',
  'code.have': 'I have a code',
  'code.label': 'Nine-digit code',
  'code.hint': 'Spaces do not matter.',
  'code.incomplete': 'The code has nine digits.',
  'code.submit': 'Continue',
  'code.safe': 'Entering the code shares nothing. You first see who wants to help you and why, and then decide.',
  'code.sign-in-instead': 'Sign in instead',

  'invitation.opening': 'Opening your invitation',
  'invitation.gone': 'This invitation does not work any more',
  'invitation.gone-text':
    'Invitations can be opened once and for a short time. Nothing was shared. Ask the person from IT for a new one.',

  'setup.step.organisation': 'Organisation',
  'setup.step.administrator': 'Administrator',
  'setup.step.certificate': 'Certificate',
  'setup.step.done': 'Done',
  'setup.title.organisation': 'Set up Handrail',
  'setup.title.administrator': 'The first administrator',
  'setup.title.certificate': 'Trust this server',
  'setup.title.done': 'Handrail is ready',
  'setup.lead.organisation': 'Two questions, then it is ready. What is your organisation called?',
  'setup.lead.administrator': 'This account adds people and departments. You can add more administrators later.',
  'setup.lead.certificate':
    'Handrail has made a certificate authority of its own. Install its certificate on your computers, so that browsers trust this address.',
  'setup.lead.done': 'You are signed in as administrator. Three things to do next:',
  'setup.no-token': 'Open the set-up link',
  'setup.no-token-text':
    'Handrail prints a one-time set-up link when it starts. Open this page with that link; if it is older than 15 minutes, restart Handrail.',
  'setup.organisation': 'Name of the organisation',
  'setup.organisation-hint': 'Employees see it on every page and when somebody wants to help them.',
  'setup.name': 'Your name',
  'setup.number-hint': 'Letters, digits, dot, dash and underscore. You sign in with it.',
  'setup.password': 'Password',
  'setup.create': 'Create administrator',
  'setup.fingerprint': 'Fingerprint of the certificate authority (SHA-256)',
  'setup.fingerprint-hint':
    'Compare it with the one printed at the start of the server before you install the certificate.',
  'setup.download-ca': 'Download the certificate',
  'setup.trust.windows': 'Windows',
  'setup.trust.windows-text':
    'By group policy: Computer Configuration › Policies › Windows Settings › Security Settings › Public Key Policies › Trusted Root Certification Authorities › Import. On a single computer: double-click the file › Install Certificate › Local Machine › Trusted Root Certification Authorities.',
  'setup.trust.macos': 'macOS',
  'setup.trust.macos-text':
    'By device management: a certificate payload. On a single Mac: open the file in Keychain Access, put it into System, and set it to Always Trust.',
  'setup.trust.linux': 'Linux',
  'setup.trust.linux-text':
    'Debian and Ubuntu: copy the file to /usr/local/share/ca-certificates/ and run update-ca-certificates. Red Hat and Fedora: copy it to /etc/pki/ca-trust/source/anchors/ and run update-ca-trust.',
  'setup.trust.firefox': 'Firefox',
  'setup.trust.firefox-text':
    'Firefox uses the system’s certificates when security.enterprise_roots.enabled is on, which is the default on Windows and macOS. On Linux: Settings › Certificates › Authorities › Import.',
  'setup.next.departments': 'Add departments',
  'setup.next.departments-text': 'People belong to departments; employees see the department of who helps them.',
  'setup.next.people': 'Add people',
  'setup.next.people-text': 'Agents who help and employees who ask. Each gets a one-time link.',
  'setup.next.categories': 'Name the categories',
  'setup.next.categories-text': 'What employees choose from when they ask for help.',
} as const satisfies Record<string, Message>;
