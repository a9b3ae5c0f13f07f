#include "base/hash.h"

#include <gtest/gtest.h>

namespace wsfs {
namespace {

TEST(HashTest, IsTheSha256OfTheBytes) {
  EXPECT_EQ(HashOf("abc").Hex(),
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
}

TEST(HashTest, PiecesGiveTheSameAsTheWholeAndTheHasherStartsAnew) {
  Hasher hasher;
  hasher.Update("a");
  hasher.Update("bc");
  EXPECT_EQ(hasher.Finish(), HashOf("abc"));
  EXPECT_EQ(hasher.Finish(), HashOf(""));
}

TEST(HashTest, ReadsItsOwnHexAndRefusesOthers) {
  const Hash hash = HashOf("x");
  EXPECT_EQ(Hash::FromHex(hash.Hex()).value(), hash);
  EXPECT_FALSE(Hash::FromHex("12").ok());
  EXPECT_FALSE(Hash::FromHex(std::string(64, 'g')).ok());
}

}  // namespace
}  // namespace wsfs
