import { type PgpSignature, pgpHolds, readPgpSignature } from './openpgp.ts';
import { isIssuer, type PgpKey, readKey } from './openpgp-key.ts';
import { dearmor, packets } from './openpgp-packets.ts';
import { KeyError } from './public-key.ts';

/** What the latest signature that binds a key says of it. */
interface Standing {
  saidAt: Date;
  expiresAt: Date | null;
  /** Whether it may sign documents: by its flags and, of a subkey, by its own signature that it belongs here. */
  maySign: boolean;
}
export interface PgpSubkey extends PgpKey {
  standing: Standing;
}

/** A key with its subkeys, as far as its own signatures bind them. */
export interface PgpCertificate {
  primary: PgpKey;
  subkeys: PgpSubkey[];
  user: string;
  isRevoked: boolean;
  /** Fingerprints of subkeys that were revoked; that may stand before what binds them. */
  revoked: Set<string>;
  standing: Standing | null;
  /** Its packets. */
  bytes: Buffer;
}

/** Every key of a keyring, armored or not (RFC 9580, 10.1). Parts that the key itself did not sign are left out. @throws KeyError */
export function readPgpKeys(bytes: Uint8Array): PgpCertificate[] {
  const found: PgpCertificate[] = [];
  let subkey: PgpKey | null = null;
  let userId: Buffer | null = null;
  for (const { tag, body } of packets(dearmor(bytes, 'PUBLIC KEY BLOCK'))) {
    const last = found.at(-1);
    if (tag === 6) {
      const primary = readKey(body);
      found.push({
        primary,
        subkeys: [],
        user: '',
        isRevoked: false,
        revoked: new Set(),
        standing: null,
        bytes: Buffer.alloc(0),
      });
      subkey = null;
      userId = null;
    } else if (last === undefined) throw new KeyError('The OpenPGP keyring does not begin with a key.');
    else if (tag === 13) {
      userId = body;
      subkey = null;
    } else if (tag === 14) subkey = readKey(body);
    else if (tag === 2) bind(last, body, userId, subkey);
    const owner = found.at(-1);
    if (owner !== undefined) {
      const head = Buffer.alloc(6);
      head.writeUInt8(0xc0 | tag);
      head.writeUInt8(0xff, 1);
      head.writeUInt32BE(body.length, 2);
      owner.bytes = Buffer.concat([owner.bytes, head, body]);
    }
  }
  return found;
}

function bind(owner: PgpCertificate, body: Buffer, userId: Buffer | null, subkey: PgpKey | null): void {
  let signature: PgpSignature;
  try {
    signature = readPgpSignature(body);
  } catch (error) {
    if (error instanceof KeyError) return;
    throw error;
  }
  const { primary } = owner;
  const { type } = signature;
  if (type === 0x20 && pgpHolds(primary, signature, primary.raw)) owner.isRevoked = true;
  if (type === 0x28 && subkey !== null && pgpHolds(primary, signature, Buffer.concat([primary.raw, subkey.raw])))
    owner.revoked.add(subkey.fingerprint);
  if (!isIssuer(primary, signature.issuer)) return;
  // Over the key itself, or over it and a name: the latest says how long it is good for, and for what.
  if (type === 0x1f && pgpHolds(primary, signature, primary.raw))
    owner.standing = latest(owner.standing, standingBy(signature, primary, true));
  if (type >= 0x10 && type <= 0x13 && userId !== null) {
    const length = Buffer.alloc(5);
    length.writeUInt8(0xb4);
    length.writeUInt32BE(userId.length, 1);
    if (!pgpHolds(primary, signature, Buffer.concat([primary.raw, length, userId]))) return;
    if (owner.user === '') owner.user = userId.toString('utf8');
    owner.standing = latest(owner.standing, standingBy(signature, primary, true));
  }
  if (type !== 0x18 || subkey === null) return;
  const both = Buffer.concat([primary.raw, subkey.raw]);
  if (!pgpHolds(primary, signature, both)) return;
  const found = standingBy(signature, subkey, isClaimedBySubkey(subkey, signature, both));
  const known = owner.subkeys.find(({ fingerprint }) => fingerprint === subkey.fingerprint);
  if (known === undefined) owner.subkeys.push({ ...subkey, standing: found });
  else known.standing = latest(known.standing, found);
}

const latest = (known: Standing | null, found: Standing): Standing =>
  known === null || found.saidAt >= known.saidAt ? found : known;

/** Flags are for certifying, signing and more (RFC 9580, 5.2.3.29); without any a key may sign. */
const standingBy = (
  { createdAt, keyExpiresAfter, flags }: PgpSignature,
  key: PgpKey,
  isClaimed: boolean,
): Standing => ({
  saidAt: createdAt ?? new Date(0),
  expiresAt: keyExpiresAfter === null ? null : new Date(key.createdAt.getTime() + keyExpiresAfter * 1_000),
  maySign: isClaimed && (flags === null || (flags & 0x02) !== 0),
});

/** A subkey that signs says so itself, or anybody could claim another's (RFC 9580, 5.2.1.8 and 10.1.5). */
function isClaimedBySubkey(subkey: PgpKey, { embedded }: PgpSignature, both: Buffer): boolean {
  if (embedded === null) return false;
  try {
    const own = readPgpSignature(embedded);
    return own.type === 0x19 && pgpHolds(subkey, own, both);
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}
