#include "http/curl_transfer.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/check.h"
#include "http/curl_error.h"
#include "http/url.h"

namespace wsfs {
namespace {

constexpr long kStreamBufferBytes = 64L << 10U;

/// A connection whose other end is gone without a word (a machine that slept,
/// a lost VPN) dies after this, not after TCP's own quarter of an hour. Long
/// enough for a service that is slow to take an upload.
constexpr unsigned kUserTimeoutMs = 30'000;
constexpr long kKeepAliveSeconds = 15;

void InitOnce() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_ALL);
  WSFS_CHECK(done == CURLE_OK);
}

}  // namespace

CurlMulti::CurlMulti(const CurlOptions& options) {
  InitOnce();
  multi_ = curl_multi_init();
  WSFS_CHECK(multi_ != nullptr);
  const auto connections = static_cast<long>(options.max_in_flight);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);
}

void CurlMulti::Perform() {
  int running = 0;
  curl_multi_perform(multi_, &running);
}

void CurlMulti::Poll(Milliseconds longest) {
  curl_multi_poll(multi_, nullptr, 0, static_cast<int>(longest.count()),
                  nullptr);
}

void CurlMulti::Wake() {
  curl_multi_wakeup(multi_);
}

std::optional<CurlMulti::Ended> CurlMulti::NextEnded() {
  int more = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &more)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Exchange* call = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
    if (code == CURLE_OK) return Ended{call, std::nullopt};
    return Ended{
        call, TransferError(message->easy_handle, code, call->request().url)};
  }
  return std::nullopt;
}

/// What libcurl calls. Each passes on to the Exchange and nothing else.
struct CurlTransfer::Callbacks {
  static std::size_t Read(char* into, std::size_t size, std::size_t count,
                          void* self) {
    auto& call = *static_cast<CurlTransfer*>(self)->call_;
    const Exchange::Pulled pulled = call.Pull({into, size * count});
    if (pulled.next == Exchange::Next::kPause) return CURL_READFUNC_PAUSE;
    if (pulled.next == Exchange::Next::kAbort) return CURL_READFUNC_ABORT;
    return pulled.count;
  }

  static std::size_t Write(char* bytes, std::size_t size, std::size_t count,
                           void* self) {
    auto& call = *static_cast<CurlTransfer*>(self)->call_;
    switch (call.Push({bytes, size * count})) {
      case Exchange::Next::kBytes: return size * count;
      case Exchange::Next::kPause: return CURL_WRITEFUNC_PAUSE;
      case Exchange::Next::kAbort: return 0;
    }
    std::unreachable();
  }

  static std::size_t Header(char* line, std::size_t size, std::size_t count,
                            void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    transfer.call_->Header({line, size * count}, transfer.clock_.Wall());
    return size * count;
  }

  // The strings are libcurl's, which does not say const.
  static int Begin(void* self, char* /*remote*/, char* /*local*/,
                   int /*remote_port*/, int /*local_port*/) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    return transfer.call_->Begin(transfer.clock_.Wall())
               ? CURL_PREREQFUNC_OK
               : CURL_PREREQFUNC_ABORT;
  }

  static int SetUpSocket(void* /*self*/, curl_socket_t socket,
                         curlsocktype /*purpose*/) {
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs,
                 sizeof(kUserTimeoutMs));
    return CURL_SOCKOPT_OK;
  }

  /// A body is never sent twice: libcurl would otherwise repeat a POST whose
  /// reused connection broke after it had left.
  static int Seek(void* self, curl_off_t /*offset*/, int /*origin*/) {
    static_cast<CurlTransfer*>(self)->call_->RefuseRewind();
    return CURL_SEEKFUNC_FAIL;
  }
};

Result<std::unique_ptr<CurlTransfer>> CurlTransfer::Start(
    CurlMulti& multi, const CurlOptions& options, const Clock& clock,
    std::shared_ptr<Exchange> call) {
  std::unique_ptr<CurlTransfer> transfer(
      new CurlTransfer(multi, clock, std::move(call)));
  if (transfer->easy_ == nullptr)
    return Error(Errc::kUnavailable, "no memory for another call");
  transfer->SetUp(options);
  const CURLMcode code = curl_multi_add_handle(multi.multi_, transfer->easy_);
  if (code != CURLM_OK)
    return Error(Errc::kUnavailable, curl_multi_strerror(code));
  transfer->added_ = true;
  return transfer;
}

CurlTransfer::CurlTransfer(CurlMulti& multi, const Clock& clock,
                           std::shared_ptr<Exchange> call)
    : multi_(multi),
      clock_(clock),
      call_(std::move(call)),
      easy_(curl_easy_init()) {}

CurlTransfer::~CurlTransfer() {
  if (added_) curl_multi_remove_handle(multi_.multi_, easy_);
  curl_easy_cleanup(easy_);
  curl_slist_free_all(static_cast<curl_slist*>(headers_));
}

void CurlTransfer::Resume() {
  curl_easy_pause(easy_, CURLPAUSE_CONT);
}

void CurlTransfer::AvoidConnectionsBefore(SteadyTime then) {
  const auto age = std::chrono::floor<std::chrono::seconds>(
      std::chrono::steady_clock::now() - then);
  // libcurl compares whole seconds, and takes 0 for "no limit".
  if (age.count() > 0)
    curl_easy_setopt(easy_, CURLOPT_MAXLIFETIME_CONN,
                     static_cast<long>(age.count()));
  else
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
}

void CurlTransfer::SetUp(const CurlOptions& options) {
  const auto left = std::chrono::ceil<Milliseconds>(
      call_->request().deadline - std::chrono::steady_clock::now());
  const auto connect =
      std::clamp(left, Milliseconds(1), options.connect_timeout);
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, call_.get());
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
  curl_easy_setopt(easy_, CURLOPT_SOCKOPTFUNCTION, &Callbacks::SetUpSocket);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(connect.count()));
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Callbacks::Begin);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Callbacks::Write);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Callbacks::Header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SetUpTarget(options);
  SetUpBody();
  SetUpHeaders();
}

void CurlTransfer::SetUpTarget(const CurlOptions& options) {
  const HttpRequest& request = call_->request();
  curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
  // "." and "%2E" in names are the service's business, not libcurl's.
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (!options.ca_file.empty())
    curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
  // A proxy would see the token of a plain http call to this machine.
  if (IsLoopbackUrl(request.url)) curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  const bool streaming = request.version == HttpVersion::kStreaming;
  const long version =
      streaming ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS;
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, version);
  if (streaming) {
    // Connections are reused only among calls with the same options of TLS.
    // This one means nothing to OpenSSL: it keeps small calls, which are to
    // share one HTTP/2 connection, off the HTTP/1.1 connections of contents.
    curl_easy_setopt(easy_, CURLOPT_SSL_OPTIONS,
                     static_cast<long>(CURLSSLOPT_REVOKE_BEST_EFFORT));
  } else {
    // TLS tells early whether the first connection can carry more calls;
    // without TLS they would wait for its first answer.
    if (request.url.starts_with("https:"))
      curl_easy_setopt(easy_, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");
  }
}

void CurlTransfer::SetUpBody() {
  const HttpRequest& request = call_->request();
  if (request.sink != nullptr)
    curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, kStreamBufferBytes);
  if (request.method == "GET") {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    return;
  }
  curl_easy_setopt(easy_, CURLOPT_POST, 1L);
  if (request.method != "POST")
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(call_->body_bytes()));
  curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &Callbacks::Read);
  curl_easy_setopt(easy_, CURLOPT_READDATA, this);
  curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, &Callbacks::Seek);
  curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
}

void CurlTransfer::SetUpHeaders() {
  curl_slist* list = nullptr;
  // libcurl would otherwise wait a second for "100 Continue".
  list = curl_slist_append(list, "Expect:");
  for (const std::string& header : call_->request().headers)
    list = curl_slist_append(list, header.c_str());
  headers_ = list;
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, list);
}

}  // namespace wsfs
