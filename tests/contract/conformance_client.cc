#include "conformance_client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace wsfs {
namespace {

using std::chrono::steady_clock;

std::size_t TakeBody(char* bytes, std::size_t one, std::size_t count,
                     void* into) {
  static_cast<WireAnswer*>(into)->body.append(bytes, one * count);
  return one * count;
}

std::size_t TakeHeader(char* bytes, std::size_t one, std::size_t count,
                       void* into) {
  const std::string_view line(bytes, one * count);
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return one * count;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);
  static_cast<WireAnswer*>(into)->headers[name] = value;
  return one * count;
}

}  // namespace

ConformanceClient::ConformanceClient(std::string host, std::string token)
    : host_(std::move(host)),
      token_(std::move(token)),
      curl_(::curl_easy_init()) {}

ConformanceClient::~ConformanceClient() {
  ::curl_easy_cleanup(curl_);
}

WireAnswer ConformanceClient::Send(const WireRequest& request) {
  WireAnswer answer;
  const std::string url = host_ + request.target;
  ::curl_slist* headers = nullptr;
  if (request.with_token)
    headers = ::curl_slist_append(headers,
                                  ("Authorization: Bearer " + token_).c_str());
  for (const std::string& header : request.headers)
    headers = ::curl_slist_append(headers, header.c_str());
  headers = ::curl_slist_append(headers, "Expect:");
  ::curl_easy_reset(curl_);
  ::curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl_, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
  ::curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, 60'000L);
  ::curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &TakeBody);
  ::curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &answer);
  ::curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, &TakeHeader);
  ::curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &answer);
  if (request.method == "HEAD") {
    ::curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    ::curl_easy_setopt(curl_, CURLOPT_POST, 1L);
    ::curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    ::curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, request.body.data());
    ::curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  if (::curl_easy_perform(curl_) == CURLE_OK) {
    long status = 0;
    ::curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
  }
  ::curl_easy_getinfo(curl_, CURLINFO_TOTAL_TIME, &answer.seconds);
  ::curl_slist_free_all(headers);
  return answer;
}

std::string EscapeUrl(std::string_view text) {
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.contains(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string Base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xFFFF;
    for (bits += 8; bits >= 6; bits -= 6)
      out += kDigits[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += kDigits[held << (6 - bits) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

RawConnection::RawConnection(std::uint16_t port)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) !=
      0)
    closed_ = true;
}

RawConnection::~RawConnection() {
  ::close(fd_);
}

void RawConnection::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawConnection::FinishSending() const {
  ::shutdown(fd_, SHUT_WR);
}

std::string RawConnection::Read(
    std::chrono::milliseconds timeout,
    const std::function<bool(const std::string&)>& enough) {
  const auto until = steady_clock::now() + timeout;
  std::string text;
  while (!enough(text)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - steady_clock::now());
    pollfd poll_fd{fd_, POLLIN, 0};
    if (left.count() <= 0 ||
        ::poll(&poll_fd, 1, static_cast<int>(left.count())) <= 0)
      return text;
    char block[4096];
    const ssize_t got = ::recv(fd_, block, sizeof block, 0);
    if (got <= 0) {
      closed_ = true;
      reset_ = got < 0 && errno == ECONNRESET;
      return text;
    }
    text.append(block, static_cast<std::size_t>(got));
  }
  return text;
}

std::string RawConnection::ReadAnswer(std::chrono::milliseconds timeout) {
  return Read(timeout, [](const std::string& text) {
    const std::size_t end = text.find("\r\n\r\n");
    const std::size_t length = text.find("Content-Length: ");
    if (end == std::string::npos || length > end) return false;
    return text.size() >= end + 4 + std::stoul(text.substr(length + 16));
  });
}

}  // namespace wsfs
