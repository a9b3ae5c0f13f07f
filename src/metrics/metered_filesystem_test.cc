#include "metrics/metered_filesystem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Answers what the test says, and passes nothing on.
class Answering final : public ForwardingFilesystem {
 public:
  Answering() : ForwardingFilesystem(nullptr) {}

  Result<Stat> GetAttributes(NodeId /*node*/, const Waiting& waiting) override {
    if (must_wait && !waiting.allowed())
      return Error(Errc::kWouldBlock, "it needs the service");
    if (error) return Error(*error, "as the test says");
    return Stat{};
  }
  Result<std::string> ReadLink(NodeId /*node*/) override {
    return std::string("target");
  }

  bool must_wait = false;
  std::optional<Errc> error;
};

class MeteredFilesystemTest : public testing::Test {
 protected:
  static Waiting Patient() {
    return Waiting::Until(std::chrono::steady_clock::now() +
                          std::chrono::seconds(1));
  }

  Metrics metrics_;
  Answering inner_;
  MeteredFilesystem files_{inner_, metrics_};
};

TEST_F(MeteredFilesystemTest, CountsWhatIsAnsweredFromHere) {
  EXPECT_TRUE(files_.GetAttributes(1, Waiting::Never()).ok());
  EXPECT_TRUE(files_.GetAttributes(1, Waiting::Never()).ok());
  EXPECT_EQ(files_.ReadLink(1).value(), "target");

  const std::string text = metrics_.Text({});
  EXPECT_THAT(text, HasSubstr("wsfs_file_operation_seconds_count"
                              "{operation=\"getattr\",served=\"local\"} 2"));
  EXPECT_THAT(text, HasSubstr("wsfs_file_operation_seconds_count"
                              "{operation=\"readlink\",served=\"local\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("errors")));
}

TEST_F(MeteredFilesystemTest, WhatMustWaitCountsOnceAsWaited) {
  inner_.must_wait = true;
  EXPECT_EQ(files_.GetAttributes(1, Waiting::Never()).error().code(),
            Errc::kWouldBlock);
  EXPECT_EQ(metrics_.Text({}), "");
  EXPECT_TRUE(files_.GetAttributes(1, Patient()).ok());

  const std::string text = metrics_.Text({});
  EXPECT_THAT(text, HasSubstr("wsfs_file_operation_seconds_count"
                              "{operation=\"getattr\",served=\"waited\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("served=\"local\"")));
}

TEST_F(MeteredFilesystemTest, CountsErrorsByTheirName) {
  inner_.error = Errc::kNotFound;
  EXPECT_FALSE(files_.GetAttributes(1, Waiting::Never()).ok());
  inner_.error = Errc::kIo;
  EXPECT_FALSE(files_.GetAttributes(1, Patient()).ok());
  EXPECT_FALSE(files_.GetAttributes(1, Patient()).ok());

  const std::string text = metrics_.Text({});
  EXPECT_THAT(text, HasSubstr("wsfs_file_operation_errors_total"
                              "{error=\"not-found\",operation=\"getattr\"} 1"));
  EXPECT_THAT(text, HasSubstr("wsfs_file_operation_errors_total"
                              "{error=\"io\",operation=\"getattr\"} 2"));
  EXPECT_THAT(text, HasSubstr("served=\"local\"} 1"));
  EXPECT_THAT(text, HasSubstr("served=\"waited\"} 2"));
}

}  // namespace
}  // namespace wsfs
