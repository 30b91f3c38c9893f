type Octets = readonly [number, number, number, number];

const octetsOf = (address: string) => address.split('.').map(Number) as unknown as Octets;
const numberOf = ([a, b, c, d]: Octets) => ((a * 256 + b) * 256 + c) * 256 + d;
const hex = (value: number) => `0x${value.toString(16)}`;
const octal = (value: number) => `0${value.toString(8)}`;
const groups = ([a, b, c, d]: Octets) => [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(':');
const shifted = (text: string, digits: number) =>
  text.replace(/[0-9]/g, (digit) => String.fromCodePoint(digits + Number(digit)));

/** How an address of IPv4 can be written where a URL has its host, each way with its name. */
export const ipv4Spellings: Readonly<Record<string, (address: string) => string>> = {
  usual: (address) => address,
  'with a dot at the end': (address) => `${address}.`,
  'one number': (address) => String(numberOf(octetsOf(address))),
  'one number in hexadecimal': (address) => hex(numberOf(octetsOf(address))),
  'one number in hexadecimal, in capitals': (address) => `0X${numberOf(octetsOf(address)).toString(16).toUpperCase()}`,
  'one number in octal': (address) => octal(numberOf(octetsOf(address))),
  'one number with many noughts': (address) => `0x${numberOf(octetsOf(address)).toString(16).padStart(24, '0')}`,
  'two parts': (address) => {
    const [a, b, c, d] = octetsOf(address);
    return `${a}.${(b * 256 + c) * 256 + d}`;
  },
  'three parts': (address) => {
    const [a, b, c, d] = octetsOf(address);
    return `${a}.${b}.${c * 256 + d}`;
  },
  'parts in octal': (address) => octetsOf(address).map(octal).join('.'),
  'parts in hexadecimal': (address) => octetsOf(address).map(hex).join('.'),
  'parts in octal with noughts': (address) =>
    octetsOf(address)
      .map((part) => `000${part.toString(8)}`)
      .join('.'),
  'parts of every kind': (address) => {
    const [a, b, c, d] = octetsOf(address);
    return `${hex(a)}.${octal(b)}.${c * 256 + d}`;
  },
  'percent signs': (address) => address.replace(/[0-9]/g, (digit) => `%3${digit}`),
  'dots with percent signs': (address) => address.replaceAll('.', '%2e'),
  'full-width digits': (address) => shifted(address, 0xff10),
  'circled numbers': (address) => address.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x245f + Number(digit))),
  'mathematical digits': (address) => shifted(address, 0x1d7ce),
  'superscript digits': (address) => address.replaceAll('2', '\u00b2').replaceAll('1', '\u00b9'),
  'ideographic dots': (address) => address.replaceAll('.', '\u3002'),
  'full-width dots': (address) => address.replaceAll('.', '\uff0e'),
  'half-width dots': (address) => address.replaceAll('.', '\uff61'),
  'soft hyphens': (address) => address.replaceAll('.', '\u00ad.'),
  'a joiner of no width': (address) => address.replace('.', '\u200d.'),
  'a tabulator': (address) => `\t${address.replace('.', '.\t')}`,
  'a user': (address) => `public.test@${address}`,
  'a user and a password': (address) => `public.test:443@${address}`,
  'a user with a percent sign': (address) => `public.test%23@${address}`,
  mapped: (address) => `[::ffff:${address}]`,
  'mapped, in groups': (address) => `[::ffff:${groups(octetsOf(address))}]`,
  'mapped, in full': (address) => `[0000:0000:0000:0000:0000:FFFF:${groups(octetsOf(address)).toUpperCase()}]`,
  'mapped, half in full': (address) => `[0:0:0:0:0:ffff:${address}]`,
  translated: (address) => `[::ffff:0:${address}]`,
  compatible: (address) => `[::${address}]`,
  'translated by NAT64': (address) => `[64:ff9b::${groups(octetsOf(address))}]`,
  'translated by a NAT64 of its own': (address) => `[64:ff9b:1::${address}]`,
  'by 6to4': (address) => `[2002:${groups(octetsOf(address))}::1]`,
  'by Teredo': (address) =>
    `[2001:0:808:808:0:0:${groups(octetsOf(address).map((part) => part ^ 255) as unknown as Octets)}]`,
  'with a zone': (address) => `[::ffff:${groups(octetsOf(address))}%25lo]`,
};
