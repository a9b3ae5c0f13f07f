#include "base/hash.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace wsfs {

struct Hasher::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  Context() { Restart(); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(digest); }
  void Restart() const {
    WSFS_CHECK(EVP_DigestInit_ex(digest, EVP_sha256(), nullptr) == 1);
  }
};

Hasher::Hasher() : context_(std::make_unique<Context>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(std::span<const std::byte> bytes) {
  WSFS_CHECK(EVP_DigestUpdate(context_->digest, bytes.data(), bytes.size()) ==
             1);
}

void Hasher::Update(std::string_view text) {
  Update(std::as_bytes(std::span(text)));
}

Hash Hasher::Finish() {
  Hash hash;
  unsigned length = 0;
  WSFS_CHECK(EVP_DigestFinal_ex(context_->digest, hash.bytes.data(), &length) ==
             1);
  context_->Restart();
  return hash;
}

Hash HashOf(std::string_view text) {
  Hasher hasher;
  hasher.Update(text);
  return hasher.Finish();
}

namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string Hash::Hex() const {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

Result<Hash> Hash::FromHex(std::string_view hex) {
  Hash hash;
  if (hex.size() != hash.bytes.size() * 2)
    return Error(Errc::kInvalidArgument, "a hash has 64 hexadecimal digits");
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    const int high = HexDigit(hex[2 * i]);
    const int low = HexDigit(hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return Error(Errc::kInvalidArgument, "a hash is written in 0-9a-f");
    hash.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return hash;
}

}  // namespace wsfs
