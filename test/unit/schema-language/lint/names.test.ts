import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personalReason, wordsOf } from '../../../../shared/schema-language/lint/personal-names.ts';
import { knownKeywords, likelyName, slips } from '../../../../shared/schema-language/lint/replaced-keywords.ts';

describe('likely names', () => {
  test.each([
    ['maxiumum', 'maximum'],
    ['minimun', 'minimum'],
    ['requried', 'required'],
    ['additonalProperties', 'additionalProperties'],
    ['Type', 'type'],
    ['patern', 'pattern'],
    ['propertys', 'properties'],
    ['treatement', 'treatment'],
  ])('%s is meant as %s', (name, likely) => {
    expect(likelyName(name, knownKeywords)).toBe(likely);
  });

  test.each(['x', 'owner', 'tsAdditionalProperties', 'self', 'javaType'])('%s is no slip', (name) => {
    expect(likelyName(name, knownKeywords)).toBeUndefined();
  });

  test('one slip in a long keyword is always recognised', () => {
    const long = [...knownKeywords].filter((keyword) => keyword.length >= 6);
    const slip = fc.tuple(fc.constantFrom(...long), fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'replace'));
    fc.assert(
      fc.property(slip, ([keyword, seed, kind]) => {
        const at = seed % (keyword.length - 1);
        const [a = '', b = ''] = [keyword[at], keyword[at + 1]];
        const put = { drop: '', double: a + a, swap: b + a, replace: 'q' }[kind] ?? '';
        const slipped = keyword.slice(0, at) + put + keyword.slice(at + (kind === 'swap' ? 2 : 1));
        fc.pre(!knownKeywords.has(slipped));
        const likely = likelyName(slipped, knownKeywords);
        // Another keyword may be as near: minItems and maxItems are two letters apart.
        expect(likely).toBeDefined();
        expect(slips(slipped, likely ?? '')).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('the distance is a distance: symmetric, and zero for equals only', () => {
    const word = fc.stringMatching(/^[ab]{0,8}$/);
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(slips(a, b)).toBe(slips(b, a));
        expect(slips(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe('words of names', () => {
  test.each([
    ['userName', ['user', 'name']],
    ['user_name', ['user', 'name']],
    ['User-Name2', ['user', 'name']],
    ['HTTPUserAgent', ['http', 'user', 'agent']],
    ['IPAddress', ['ip', 'address']],
    ['client.ipv4', ['client', 'ipv4']],
  ])('%s', (name, words) => {
    expect(wordsOf(name)).toEqual(words);
  });
});

describe('names that look personal', () => {
  test.each(
    'email e_mail userEmail contact-phone ip ipAddress remote_ip client_ipv6 login user_login username userName name full_name displayName first_name lastName author_name address shipping_address street postal_code zip birthday date_of_birth birth_year age gender lat lon geo_latitude gps device_id deviceId idfa imei mac user_agent userAgent session_id access_token password apiKey cookie user_id customerId account_id author_id user owner recipient ssn iban card_number search_query bio nationality'.split(
      ' ',
    ),
  )('%s does', (name) => {
    expect(personalReason(name)).toBeDefined();
  });

  test.each(
    'filename file_name hostname host_name event_name app_name track_name country_name id order_id status type created_at description total item_count email_count phone_verified has_email is_user address_type message_age ms_played language agent page_name zipper ship trip description latency long longest platform mailbox_size tokenizer names_count version sku model_name team_name organization category'.split(
      ' ',
    ),
  )('%s does not', (name) => {
    expect(personalReason(name)).toBeUndefined();
  });
});
