/** Asks for the password of an encrypted file. It is handed on once, and kept nowhere. */
import type { PageStrings } from '../../src/page-view/messages.js';
import { byId } from './texts.js';

/** @param signal hides the field; the promise then stays open, as its file is closed */
export function askPassword(strings: PageStrings, wasWrong: boolean, signal: AbortSignal): Promise<string> {
  const form = byId<HTMLFormElement>('password-form');
  const field = byId<HTMLInputElement>('password');
  byId('password-label').textContent = wasWrong ? strings.wrongPassword : strings.encrypted;
  byId('password-open').textContent = strings.open;
  field.setAttribute('aria-label', strings.password);
  field.value = '';
  form.hidden = false;
  field.focus();
  const hide = () => {
    field.value = '';
    form.hidden = true;
  };
  signal.addEventListener('abort', hide, { once: true });
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      const { value } = field;
      hide();
      resolve(value);
    };
  });
}
