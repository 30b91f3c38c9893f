import { expect, it } from '@jest/globals';
import { printable } from './output.js';

it('shows nothing of what a client wrote that could steer a terminal', () => {
  expect(printable('a\u001b[2Jb\u009bc\u202ed\u2066e\nf')).toBe('a?[2Jb?c?d?e?f');
  expect(printable('Zoë 🦊 天気')).toBe('Zoë 🦊 天気');
});
