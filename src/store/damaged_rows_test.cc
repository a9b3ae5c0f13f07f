// A database that is sound may hold rows that make no catalogue.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite.h"
#include "store/test_store.h"

namespace wsfs {
namespace {

using ::testing::HasSubstr;

constexpr const char* kCatalogue = "/home/store/catalogue.db";

/// A folder with a file in it, and a file of an object.
void MakeStore(FaultFs& disk) {
  const auto opened = TestStore::Open(TestStore::OptionsFor(disk)).value();
  Catalogue& catalogue = *opened.catalogue;
  Node folder;
  folder.id = catalogue.NewId();
  folder.parent = kRootNode;
  folder.kind = NodeKind::kDirectory;
  folder.name = "d";
  catalogue.AddNode(folder);
  const NodeId file = opened.AddFile("f");
  catalogue.RenameNode(file, folder.id, "f");
  Object object;
  object.key = catalogue.NewId();
  object.parent = kRootObject;
  object.kind = ObjectKind::kFile;
  object.name = object.view = "g";
  catalogue.AddObject(object);
  catalogue.Bind(opened.AddFile("g"), object.key);
  ASSERT_TRUE(opened.Write().ok());
  ASSERT_TRUE(opened.store->Close().ok());
}

std::string Ask(FaultFs& disk, std::string_view sql) {
  const SqliteVfs vfs(disk);
  const auto database =
      Database::Open(vfs, kCatalogue, Database::Use::kExisting).value();
  return database->AskText(sql).value();
}

void Change(FaultFs& disk, std::string_view sql) {
  const SqliteVfs vfs(disk);
  const auto database =
      Database::Open(vfs, kCatalogue, Database::Use::kExisting).value();
  const auto done = database->Execute(sql);
  ASSERT_TRUE(done.ok()) << done.error().message();
}

TEST(DamagedRows, AreToldBeforeAnythingIsWritten) {
  struct Damage {
    const char* sql;
    const char* said;
  };
  const Damage all[] = {
      {"UPDATE names SET parent=(SELECT node FROM names WHERE name=x'64') "
       "WHERE name=x'64'",
       "folders that are not there"},
      {"UPDATE names SET parent=99 WHERE name=x'66'",
       "folders that are not there"},
      {"UPDATE names SET name=x'64' WHERE name=x'67'", "the name of another"},
      {"UPDATE names SET name=x'2e2e' WHERE name=x'67'",
       "a name that no entry can have"},
      {"INSERT INTO names SELECT node, parent, x'68' FROM names "
       "WHERE name=x'67'",
       "two names"},
      {"UPDATE nodes SET kind=0 WHERE kind=1 AND id!=1",
       "is no folder and has entries"},
      {"UPDATE nodes SET bind=99 WHERE bind>1", "an object that is not there"},
      {"UPDATE nodes SET src=99 WHERE bind>1", "an object that is not there"},
      {"REPLACE INTO nodes (id, kind, place, gen) VALUES (1, 1, 0, 0)",
       "is not the root"},
      {"UPDATE nodes SET touched=9223372036854775807 WHERE bind>1",
       "a time or generation that is none"},
      {"UPDATE nodes SET id=-1 WHERE bind>1", "no id that is one"},
      {"UPDATE objects SET parent=99 WHERE key!=1",
       "folders that are not there"},
      {"UPDATE objects SET parent=0 WHERE key!=1", "is in no folder"},
      {"UPDATE objects SET view=x'' WHERE key!=1",
       "a name that no entry can have"},
      {"UPDATE meta SET value='-1' WHERE key='next_id'", "no ids left"},
      {"INSERT INTO trash VALUES (1, 1, x'', x'00')", "broken content"},
  };
  for (const Damage& damage : all) {
    SCOPED_TRACE(damage.sql);
    FaultFs disk;
    MakeStore(disk);
    Change(disk, damage.sql);
    // A start after another boot of the machine writes something.
    const auto opened = TestStore::Open(TestStore::OptionsFor(disk, "boot-2"));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Errc::kCorrupt);
    EXPECT_THAT(opened.error().message(), HasSubstr(damage.said));
    EXPECT_EQ(Ask(disk, "SELECT value FROM meta WHERE key='boot_id'"),
              "boot-1");
  }
}

}  // namespace
}  // namespace wsfs
