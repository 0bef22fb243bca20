#include "CCurl.h"

#include <curl/curl.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t left;
} source;

static size_t read_source(char *target, size_t size, size_t count, void *context) {
    source *from = context;
    size_t room = size * count;
    size_t taken = from->left < room ? from->left : room;
    memcpy(target, from->bytes, taken);
    from->bytes += taken;
    from->left -= taken;
    return taken;
}

static void set_options(CURL *curl, const char *url, const char *username, const char *password, const char *sender,
                        bool requires_tls, long timeout_seconds) {
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    // Else a proxy of the environment, meant for HTTP, would be asked.
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    // Else a timeout of the resolver raises a signal, which threads don't take well.
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_seconds);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(requires_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (username) curl_easy_setopt(curl, CURLOPT_USERNAME, username);
    if (password) curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
}

ccurl_outcome ccurl_send_mail(const char *url, const char *username, const char *password, const char *sender,
                              const char *recipient, const uint8_t *message, size_t length, bool requires_tls,
                              long timeout_seconds) {
    ccurl_outcome outcome = {.code = CURLE_FAILED_INIT, .reply = 0, .reason = ""};
    CURL *curl = curl_easy_init();
    struct curl_slist *recipients = curl_slist_append(NULL, recipient);
    if (curl && recipients) {
        source from = {.bytes = message, .left = length};
        set_options(curl, url, username, password, sender, requires_tls, timeout_seconds);
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_source);
        curl_easy_setopt(curl, CURLOPT_READDATA, &from);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, outcome.reason);
        outcome.code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &outcome.reply);
    }
    if (outcome.code != CURLE_OK && outcome.reason[0] == '\0') {
        strncpy(outcome.reason, curl_easy_strerror(outcome.code), sizeof outcome.reason - 1);
    }
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    return outcome;
}
