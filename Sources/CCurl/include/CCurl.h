#ifndef CCURL_H
#define CCURL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How sending a message went.
typedef struct {
    /// The library's code; 0 for success.
    int code;
    /// The server's last reply code, such as 250 or 550; 0 without one.
    long reply;
    /// What went wrong, for people.
    char reason[256];
} ccurl_outcome;

/// Sends one message by SMTP; blocks until it is taken in or refused.
///
/// This is all of libcurl that the sample needs. `curl_easy_setopt` is variadic, which Swift can't call.
/// `username` and `password` may be null. Lines of `message` end in CRLF; dots are stuffed by the library.
ccurl_outcome ccurl_send_mail(const char *url, const char *username, const char *password, const char *sender,
                              const char *recipient, const uint8_t *message, size_t length, bool requires_tls,
                              long timeout_seconds);

#endif
