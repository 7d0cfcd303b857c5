#include "agekey.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t checksum(uint32_t sum, uint32_t value)
{
    static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (int i = 0; i < 5; i++)
        sum ^= top >> i & 1 ? generator[i] : 0;
    return sum;
}

bool agekey_ok(const char *key)
{
    enum { LONGEST = 4096, CHECKSUM = 6 };
    const char *end = strrchr(key, '1');
    if (strncmp(key, "age1", 4) != 0 || strlen(key) > LONGEST || strlen(end + 1) <= CHECKSUM)
        return false;
    uint32_t sum = 1;
    for (const char *p = key; p < end; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')))
            return false;
        sum = checksum(sum, (uint32_t)*p >> 5);
    }
    sum = checksum(sum, 0);
    for (const char *p = key; p < end; p++)
        sum = checksum(sum, (uint32_t)*p & 31);
    for (const char *p = end + 1; *p; p++) {
        const char *at = strchr(alphabet, *p);
        if (!at)
            return false;
        sum = checksum(sum, (uint32_t)(at - alphabet));
    }
    return sum == 1;
}
