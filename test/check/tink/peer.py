"""Tink's side of `npm run check -- tink`: reads a task as JSON, answers as JSON. All bytes are hex."""
import io
import json
import sys

import tink
from tink import aead, cleartext_keyset_handle, daead

daead.register()
aead.register()

PRIMITIVES = {'AesSivKey': daead.DeterministicAead, 'AesGcmKey': aead.Aead}
TEMPLATES = {
    'AesSivKey': daead.deterministic_aead_key_templates.AES256_SIV,
    'AesGcmKey': aead.aead_key_templates.AES256_GCM,
}


def read(keyset):
    return cleartext_keyset_handle.read(tink.BinaryKeysetReader(bytes.fromhex(keyset)))


def write(handle):
    out = io.BytesIO()
    cleartext_keyset_handle.write(tink.BinaryKeysetWriter(out), handle)
    return out.getvalue().hex()


def encrypt(kind, cipher, plaintext, associated):
    if kind == 'AesSivKey':
        return cipher.encrypt_deterministically(plaintext, associated)
    return cipher.encrypt(plaintext, associated)


def decrypt(kind, cipher, ciphertext, associated):
    try:
        if kind == 'AesSivKey':
            return cipher.decrypt_deterministically(ciphertext, associated).hex()
        return cipher.decrypt(ciphertext, associated).hex()
    except tink.TinkError:
        return None


def answer(case):
    """What Tink reads of ours, and what it makes for us to read."""
    kind = case['type']
    handle = read(case['keyset'])
    cipher = handle.primitive(PRIMITIVES[kind])
    own = tink.new_keyset_handle(TEMPLATES[kind])
    own_cipher = own.primitive(PRIMITIVES[kind])
    tests = []
    for test in case['tests']:
        plaintext, associated = bytes.fromhex(test['plaintext']), bytes.fromhex(test['associatedData'])
        tests.append({
            'opened': decrypt(kind, cipher, bytes.fromhex(test['ciphertext']), associated),
            'encrypted': encrypt(kind, cipher, plaintext, associated).hex(),
            'own': encrypt(kind, own_cipher, plaintext, associated).hex(),
        })
    return {'written': write(handle), 'own': write(own), 'tests': tests}


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
