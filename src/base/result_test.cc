#include "base/result.h"

#include <gtest/gtest.h>

namespace wsfs {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0)
    return Error(Errc::kInvalidArgument, "the number is odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  WSFS_TRY(const int half, Half(number));
  return Half(half);
}

Result<void> IsQuarterable(int number) {
  WSFS_RETURN_IF_ERROR(Quarter(number));
  return {};
}

TEST(ResultTest, TryGoesOnWithTheValueOrReturnsTheError) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).error().code(), Errc::kInvalidArgument);
  EXPECT_TRUE(IsQuarterable(4).ok());
  EXPECT_FALSE(IsQuarterable(2).ok());
}

TEST(ErrorTest, WithTellsItFromOneLayerFurtherUp) {
  const Error error = Error(Errc::kNoSpace, "disk full").With("save a.py");
  EXPECT_EQ(error.message(), "save a.py: disk full");
  EXPECT_EQ(error.code(), Errc::kNoSpace);
}

TEST(ErrcTest, OnlyWhatMayGoAwayByItselfIsRetryable) {
  EXPECT_TRUE(IsRetryable(Errc::kThrottled));
  EXPECT_TRUE(IsRetryable(Errc::kUnreachable));
  EXPECT_FALSE(IsRetryable(Errc::kNotFound));
  EXPECT_FALSE(IsRetryable(Errc::kPermissionDenied));
}

}  // namespace
}  // namespace wsfs
