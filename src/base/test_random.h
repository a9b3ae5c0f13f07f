#pragma once

#include <cstddef>
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace wsfs {

/// Random inputs that can be had again: WSFS_SEED=n, or the test's own seed. A
/// test says `SCOPED_TRACE(Trace())` first. For tests only.
class RandomTest : public ::testing::Test {
 protected:
  explicit RandomTest(unsigned seed) {
    const char* given = std::getenv("WSFS_SEED");
    seed_ = given == nullptr ? seed : static_cast<unsigned>(std::atoi(given));
    random_.seed(seed_);
  }
  std::string Trace() const { return "WSFS_SEED=" + std::to_string(seed_); }
  std::size_t Below(std::size_t end) { return random_() % end; }
  bool OneIn(std::size_t number) { return Below(number) == 0; }

 private:
  unsigned seed_ = 0;
  std::mt19937 random_;
};

}  // namespace wsfs
