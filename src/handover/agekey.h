/* Public keys of age, as text: Bech32 (BIP 173) with a checksum, so that a slip of the pen is noticed when the key is entered and not
 * when a file is to go out.  "age1..." for X25519, "age1NAME1..." for plugins.
 */
#ifndef AGEKEY_H
#define AGEKEY_H

#include <stdbool.h>

bool agekey_ok(const char *key);

#endif
