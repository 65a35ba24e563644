// The client library for mail and the web; its calls with a varying last argument, as functions.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H
#include <curl/curl.h>

static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

// Where the body of what is sent comes from.
static inline CURLcode ccurl_set_reader(CURL *handle, curl_read_callback read) {
  return curl_easy_setopt(handle, CURLOPT_READFUNCTION, read);
}

// Where what the server says is told to.
static inline CURLcode ccurl_set_writer(CURL *handle, curl_write_callback write) {
  return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, write);
}

// The code of the server's last answer; 0 where there was none.
static inline long ccurl_response_code(CURL *handle) {
  long code = 0;
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

// After how many seconds the server wants to be asked again; 0 where it does not say.
static inline long long ccurl_retry_after(CURL *handle) {
  curl_off_t seconds = 0;
  return curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK ? seconds : 0;
}

static inline CURLcode ccurl_begin(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
#endif
