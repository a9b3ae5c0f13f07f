#include "api/multipart.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

class TextSource final : public ByteSource {
 public:
  TextSource(std::string text, std::size_t has)
      : text_(std::move(text)), has_(has) {}
  std::uint64_t size_bytes() const override { return text_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override {
    if (offset >= has_) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(into.size(), has_ - offset);
    std::memcpy(into.data(), text_.data() + offset, count);
    return count;
  }

 private:
  std::string text_;
  std::size_t has_;
};

std::string ReadInPieces(ByteSource& source, std::size_t piece) {
  std::string text;
  std::string buffer(piece, '\0');
  for (;;) {
    const auto count =
        source.ReadAt(text.size(), std::as_writable_bytes(std::span(buffer)));
    if (!count.ok() || *count == 0) return text;
    text.append(buffer, 0, *count);
  }
}

TEST(MultipartTest, WritesFieldsThenContent) {
  TextSource content("hello", 5);
  MultipartBody body("BOUND", content);
  body.AddField("path", "/a b");
  body.AddField("overwrite", "true");
  body.FinishFields();

  const std::string expected =
      "--BOUND\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n"
      "/a b\r\n"
      "--BOUND\r\nContent-Disposition: form-data; name=\"overwrite\"\r\n\r\n"
      "true\r\n"
      "--BOUND\r\nContent-Disposition: form-data; name=\"content\"; "
      "filename=\"content\"\r\nContent-Type: application/octet-stream\r\n\r\n"
      "hello\r\n--BOUND--\r\n";
  EXPECT_EQ(body.ContentType(), "multipart/form-data; boundary=BOUND");
  EXPECT_EQ(body.size_bytes(), expected.size());
  for (const std::size_t piece : {1U, 7U, 64U, 4096U})
    EXPECT_EQ(ReadInPieces(body, piece), expected) << piece;
}

TEST(MultipartTest, StopsWhereTheContentFallsShort) {
  TextSource content("hello", 3);
  MultipartBody body("B", content);
  body.FinishFields();
  const std::string text = ReadInPieces(body, 4096);
  EXPECT_TRUE(text.ends_with("hel"));
  EXPECT_LT(text.size(), body.size_bytes());
}

TEST(MultipartTest, BoundariesDiffer) {
  EXPECT_EQ(RandomBoundary().size(), 32U);
  EXPECT_NE(RandomBoundary(), RandomBoundary());
}

}  // namespace
}  // namespace wsfs
