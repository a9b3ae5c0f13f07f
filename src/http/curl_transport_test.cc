#include "http/curl_transport.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/loopback_server.h"
#include "http/transport_fixture.h"

namespace wsfs {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CurlTransportTest, AnswersWithStatusHeadersAndBody) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadHead();
    c.Answer(404, "gone", "X-Thing:  a b \r\nX-Thing: second\r\n");
  });

  const HttpResult result = transport_->Send(Get(server));

  ASSERT_TRUE(result.has_value()) << result.error().error.message();
  EXPECT_EQ(result->status, 404);
  EXPECT_EQ(result->body, "gone");
  EXPECT_EQ(result->Header("x-thing"), "a b");
  EXPECT_EQ(result->Header("absent"), std::nullopt);
  EXPECT_GT(result->sent_ms, 1'700'000'000'000);
  EXPECT_LE(result->sent_ms, result->answered_ms);
}

TEST_F(CurlTransportTest, PostsATextWithoutWaitingForContinue) {
  std::promise<std::string> seen;
  LoopbackServer server([&](LoopbackConnection& c, int) {
    const std::string head = c.ReadHead();
    seen.set_value(head + c.ReadBody(head));
    c.Answer(200, "{}");
  });

  HttpRequest request = Post(server, std::string(5000, 'b'));
  request.headers = {"Authorization: Bearer t", "Content-Type: a/b"};
  ASSERT_TRUE(transport_->Send(request).has_value());

  const std::string text = seen.get_future().get();
  EXPECT_THAT(text, HasSubstr("POST /x?secret=1 HTTP/1.1\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Length: 5000\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: a/b\r\n"));
  EXPECT_THAT(text, HasSubstr("Authorization: Bearer t\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Expect")));
  EXPECT_TRUE(text.ends_with("\r\n\r\n" + std::string(5000, 'b')));
}

TEST_F(CurlTransportTest, KeepsTheConnection) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    while (!c.ReadHead().empty()) c.Answer(200, "ok");
  });
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(transport_->Send(Get(server)).has_value());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlTransportTest, RefusesHttpToOtherMachines) {
  HttpRequest request;
  request.url = "http://example.com/";
  request.deadline = RealClock().Now() + seconds(20);
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kInvalidArgument);
}

TEST_F(CurlTransportTest, SaysUnreachableWhenNobodyListens) {
  HttpRequest request;
  {
    LoopbackServer server([](LoopbackConnection&, int) {});
    request = Post(server, "body");
  }
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kUnreachable);
  EXPECT_FALSE(result.error().may_have_left);
  EXPECT_THAT(result.error().error.message(), Not(HasSubstr("secret")));
}

TEST_F(CurlTransportTest, DoesNotKnowTheOutcomeOfALostAnswer) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadBody(c.ReadHead());
    c.Reset();
  });
  const HttpResult result = transport_->Send(Post(server, "body"));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kOutcomeUnknown);
  EXPECT_TRUE(result.error().may_have_left);
}

TEST_F(CurlTransportTest, NeverRepeatsAPostWhoseReusedConnectionBroke) {
  std::atomic<int> bodies = 0;
  LoopbackServer server([&](LoopbackConnection& c, int) {
    for (int i = 0;; ++i) {
      const std::string head = c.ReadHead();
      if (head.empty()) return;
      if (!c.ReadBody(head).empty()) ++bodies;
      if (i == 1) return c.Reset();
      c.Answer(200, "ok");
    }
  });
  ASSERT_TRUE(transport_->Send(Get(server)).has_value());
  const HttpResult result = transport_->Send(Post(server, "body"));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kOutcomeUnknown);
  EXPECT_TRUE(result.error().may_have_left);
  EXPECT_EQ(bodies, 1);
}

TEST_F(CurlTransportTest, RepeatsAGetWhoseReusedConnectionBroke) {
  LoopbackServer server([&](LoopbackConnection& c, int number) {
    c.ReadHead();
    c.Answer(200, "ok");
    if (number == 0) return void(c.ReadHead());
    c.AwaitClose();
  });
  ASSERT_TRUE(transport_->Send(Get(server)).has_value());
  EXPECT_TRUE(transport_->Send(Get(server)).has_value());
}

TEST_F(CurlTransportTest, GivesUpAtTheDeadline) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadBody(c.ReadHead());
    c.AwaitClose();
  });
  HttpRequest request = Post(server, "body");
  request.deadline = RealClock().Now() + Milliseconds(200);
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kTimeout);
  EXPECT_TRUE(result.error().may_have_left);
}

TEST_F(CurlTransportTest, AfterASilenceItTakesANewConnection) {
  // The first two connections answer once and then, together, never again.
  Mutex mutex;
  CondVar changed;
  int arrived = 0;
  LoopbackServer server([&](LoopbackConnection& c, int number) {
    if (number > 1) {
      while (!c.ReadHead().empty()) c.Answer(200, "new");
      return;
    }
    c.ReadHead();
    {
      const MutexLock lock(mutex);
      ++arrived;
      changed.NotifyAll();
      while (arrived < 2) changed.Wait(mutex);
    }
    c.Answer(200, "old");
    c.AwaitClose();
  });
  const auto send = [&] { return transport_->Send(Get(server)); };
  auto first = std::async(std::launch::async, send);
  EXPECT_TRUE(send().has_value());
  EXPECT_TRUE(first.get().has_value());

  HttpRequest request = Get(server);
  request.deadline = RealClock().Now() + Milliseconds(100);
  EXPECT_EQ(transport_->Send(request).error().error.code(), Errc::kTimeout);

  const HttpResult result = send();
  ASSERT_TRUE(result.has_value()) << result.error().error.message();
  EXPECT_EQ(result->body, "new");
}

TEST_F(CurlTransportTest, GivesUpWhenCancelled) {
  const auto token = std::make_shared<CancelToken>();
  LoopbackServer server([&](LoopbackConnection& c, int) {
    c.ReadHead();
    token->Cancel();
    c.AwaitClose();
  });
  HttpRequest request = Get(server);
  request.cancel = token;
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kCancelled);
}

TEST_F(CurlTransportTest, ACancelledCallIsNotSent) {
  const auto token = std::make_shared<CancelToken>();
  token->Cancel();
  LoopbackServer server([&](LoopbackConnection& c, int) { c.ReadHead(); });
  HttpRequest request = Post(server, "body");
  request.cancel = token;
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kCancelled);
}

// The network thread must not be faster than the caller who finds out.
TEST_F(CurlTransportTest, WhatIsOverBeforeItBeginsReachesNobody) {
  constexpr int kTries = 200;
  LoopbackServer server([](LoopbackConnection& c, int) { c.ReadHead(); });
  HttpRequest late = Get(server);
  late.deadline = RealClock().Now();
  HttpRequest cancelled = Get(server);
  cancelled.cancel = std::make_shared<CancelToken>();
  cancelled.cancel->Cancel();
  for (int i = 0; i < kTries; ++i) {
    const HttpResult timeout = transport_->Send(late);
    ASSERT_FALSE(timeout.has_value());
    EXPECT_EQ(timeout.error().error.code(), Errc::kTimeout);
    EXPECT_FALSE(timeout.error().may_have_left);
    ASSERT_FALSE(transport_->Send(cancelled).has_value());
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(CurlTransportTest, NonsenseIsNoAnswer) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadHead();
    c.Write("what?\r\n\r\n");
  });
  EXPECT_FALSE(transport_->Send(Get(server)).has_value());
}

class TwoAtOnceTest : public CurlTransportTest {
 protected:
  TwoAtOnceTest() : CurlTransportTest(Options()) {}

 private:
  static CurlOptions Options() {
    CurlOptions options;
    options.max_in_flight = 2;
    options.max_queued = 1;
    return options;
  }
};

TEST_F(TwoAtOnceTest, QueuesTheThirdAndRefusesTheFourth) {
  Mutex mutex;
  CondVar changed;
  int arrived = 0;
  bool open = false;
  LoopbackServer server([&](LoopbackConnection& c, int) {
    while (!c.ReadHead().empty()) {
      const MutexLock lock(mutex);
      ++arrived;
      changed.NotifyAll();
      while (!open) changed.Wait(mutex);
      c.Answer(200, "ok");
    }
  });
  const auto send = [&] {
    const HttpResult result = transport_->Send(Get(server));
    return result ? Errc::kIo : result.error().error.code();
  };
  // One after the other: the queue has room for one only.
  std::vector<std::future<Errc>> first;
  for (int i = 0; i < 2; ++i) {
    first.push_back(std::async(std::launch::async, send));
    const MutexLock lock(mutex);
    while (arrived <= i) changed.Wait(mutex);
  }

  // Two more: one waits in the queue, the other finds it full.
  std::vector<std::future<Errc>> late;
  for (int i = 0; i < 2; ++i)
    late.push_back(std::async(std::launch::async, send));
  while (late[0].wait_for(Milliseconds(1)) != std::future_status::ready &&
         late[1].wait_for(Milliseconds(1)) != std::future_status::ready) {
  }
  {
    const MutexLock lock(mutex);
    EXPECT_EQ(arrived, 2);
    const CallLoad load = transport_->Load();
    EXPECT_EQ(load.in_flight, 2U);
    EXPECT_EQ(load.max_in_flight, 2U);
    EXPECT_EQ(load.waiting.front(), 1U);
    open = true;
    changed.NotifyAll();
  }

  for (auto& call : first) EXPECT_EQ(call.get(), Errc::kIo);
  std::vector<Errc> codes = {late[0].get(), late[1].get()};
  EXPECT_THAT(codes,
              ::testing::UnorderedElementsAre(Errc::kIo, Errc::kUnavailable));
}

class TwoASecondTest : public CurlTransportTest {
 protected:
  TwoASecondTest() : CurlTransportTest(Options()) {}

 private:
  static CurlOptions Options() {
    CurlOptions options;
    options.requests_per_second = 2;
    return options;
  }
};

TEST_F(TwoASecondTest, TheThirdCallWaitsForItsTurn) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    while (!c.ReadHead().empty()) c.Answer(200, "ok");
  });
  const SteadyTime before = RealClock().Now();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(transport_->Send(Get(server)).has_value());
  EXPECT_GE(RealClock().Now() - before, Milliseconds(490));
}

TEST_F(CurlTransportTest, EndingAnswersThoseWhoWait) {
  std::promise<void> arrived;
  LoopbackServer server([&](LoopbackConnection& c, int) {
    c.ReadHead();
    arrived.set_value();
    c.AwaitClose();
  });
  auto call = std::async(std::launch::async,
                         [&] { return transport_->Send(Get(server)); });
  arrived.get_future().wait();
  transport_.reset();
  EXPECT_EQ(call.get().error().error.code(), Errc::kCancelled);
}

TEST(CurlOptionsTest, ComeFromTheEnvironment) {
  const auto with = [](std::string name, std::string value) {
    return CurlOptionsFrom(
        [=](std::string_view asked) -> std::optional<std::string> {
          if (asked == name) return value;
          return std::nullopt;
        });
  };
  EXPECT_EQ(with("DATABRICKS_RATE_LIMIT", "15")->requests_per_second, 15);
  EXPECT_EQ(with("DATABRICKS_CA_BUNDLE", "/ca")->ca_file, "/ca");
  EXPECT_EQ(with("SSL_CERT_FILE", "/ca")->ca_file, "/ca");
  for (const char* bad : {"x", "0", "-1", "1x", "nan"})
    EXPECT_FALSE(with("DATABRICKS_RATE_LIMIT", bad).ok()) << bad;
}

TEST(CurlOptionsTest, NeedACaFileThatHoldsACertificate) {
  const auto says = [](std::string path) {
    CurlOptions options;
    options.ca_file = std::move(path);
    const auto started = CurlTransport::Start(options, RealClock());
    return started.ok() ? "" : started.error().message();
  };
  EXPECT_THAT(says("/nonexistent"), HasSubstr("cannot read the CA file"));
  EXPECT_THAT(says("/"), HasSubstr("DATABRICKS_CA_BUNDLE"));
  const std::string path = testing::TempDir() + "wsfs-ca-file.pem";
  std::ofstream(path) << "-----BEGIN PRIVATE KEY-----\n";
  EXPECT_THAT(says(path), HasSubstr("no PEM certificate"));
  std::ofstream(path) << "of ours\n-----BEGIN CERTIFICATE-----\n";
  EXPECT_EQ(says(path), "");
}

}  // namespace
}  // namespace wsfs
