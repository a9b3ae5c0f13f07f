#include "cli/metrics_page.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/unique_fd.h"
#include "cli/metrics_address.h"

namespace wsfs {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(MetricsWishTest, TakesAnAddressOfThisMachine) {
  const auto wish = ParseMetricsWish("127.0.0.1:9464").value();
  EXPECT_TRUE(wish.count);
  EXPECT_EQ(wish.address->host, "127.0.0.1");
  EXPECT_EQ(wish.address->port, 9464);
  EXPECT_EQ(ParseMetricsWish("localhost:0")->address->host, "127.0.0.1");
}

TEST(MetricsWishTest, CountsUnlessItIsOff) {
  EXPECT_TRUE(ParseMetricsWish("")->count);
  EXPECT_FALSE(ParseMetricsWish("")->address.has_value());
  EXPECT_FALSE(ParseMetricsWish("off")->count);
}

TEST(MetricsWishTest, RefusesOtherMachinesAndSaysWhat) {
  for (const char* text : {"0.0.0.0:9464", "10.0.0.1:9464", "[::]:9464",
                           ":9464", "127.evil.example:9464", "127.1:9464"}) {
    const auto wish = ParseMetricsWish(text);
    ASSERT_FALSE(wish.ok()) << text;
    EXPECT_THAT(wish.error().message(), HasSubstr("this machine only"));
  }
}

TEST(MetricsWishTest, RefusesWhatIsNoPort) {
  for (const char* text : {"9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                           "127.0.0.1:65536", "127.0.0.1:-1", "on"})
    EXPECT_FALSE(ParseMetricsWish(text).ok()) << text;
}

/// The whole answer to one request.
std::string Ask(std::uint16_t port, std::string_view request) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(port);
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
  EXPECT_EQ(::connect(fd.get(), generic, sizeof(address)), 0);
  const std::string text = std::string(request) +
                           " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
  std::string answer;
  std::array<char, 4096> piece{};
  for (ssize_t n = 0;
       (n = ::recv(fd.get(), piece.data(), piece.size(), 0)) > 0;)
    answer.append(piece.data(), static_cast<std::size_t>(n));
  return answer;
}

std::uint16_t PortOf(const MetricsPage& page) {
  const std::string& url = page.url();
  std::uint16_t port = 0;
  std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(),
                  port);
  return port;
}

TEST(MetricsPageTest, AnswersWithWhatIsCountedNow) {
  std::atomic<int> asked = 0;
  const auto page = MetricsPage::Start({.host = "127.0.0.1", .port = 0}, [&] {
                      return "asked " + std::to_string(++asked) + "\n";
                    }).value();
  const std::uint16_t port = PortOf(*page);
  ASSERT_NE(port, 0);

  const std::string first = Ask(port, "GET /metrics");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(first, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(first, HasSubstr("\r\n\r\nasked 1\n"));
  EXPECT_THAT(Ask(port, "GET /metrics?x=1"), HasSubstr("asked 2\n"));
}

TEST(MetricsPageTest, HasNothingElse) {
  const auto page = MetricsPage::Start({.host = "127.0.0.1", .port = 0}, [] {
                      return std::string("never");
                    }).value();
  EXPECT_THAT(Ask(PortOf(*page), "GET /"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask(PortOf(*page), "GET /metrics/x"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask(PortOf(*page), "DELETE /metrics"),
              StartsWith("HTTP/1.1 405"));
}

TEST(MetricsPageTest, SaysThatThePortIsTaken) {
  const auto text = [] { return std::string(); };
  const auto page =
      MetricsPage::Start({.host = "127.0.0.1", .port = 0}, text).value();
  const auto other =
      MetricsPage::Start({.host = "127.0.0.1", .port = PortOf(*page)}, text);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message(), HasSubstr("choose another --metrics"));
}

}  // namespace
}  // namespace wsfs
