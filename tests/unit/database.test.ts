import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNotKept } from '../../www/keep/database';

const said = (message: string, name: string) => whyNotKept(new DOMException(message, name));

test('why nothing was kept is told apart: no room, a private window, a connection that was closed', () => {
  assert.match(said('full', 'QuotaExceededError'), /no more room/);
  // Firefox, in private windows of its older versions.
  const refused = 'A mutation operation was attempted on a database that did not allow mutations.';
  assert.match(said(refused, 'InvalidStateError'), /private window/);
  assert.match(said('The user denied permission to access the database.', 'SecurityError'), /private window/);
  // Chromium and WebKit; Firefox.
  for (const closed of ["Failed to execute 'transaction' on 'IDBDatabase': The database connection is closing.", "Can't start a transaction on a closed database"]) {
    assert.match(said(closed, 'InvalidStateError'), /closed.*again/);
  }
  assert.match(whyNotKept(new Error('Error preparing Blob/File data')), /no files in a private window/);
  assert.equal(whyNotKept('hung'), 'hung');
});
