#include <fmt/format.h>

#include "server/local_server.h"

namespace wsfs {
namespace {

struct DemoFile {
  std::string_view path;  ///< "~" is the home.
  WireFormat format;
  Language language;
  std::string_view text;
};

constexpr std::string_view kLoad =
    R"(# Databricks notebook source
# MAGIC %md
# MAGIC # Load the orders
# MAGIC Reads the raw files of one day and keeps what is new.

# COMMAND ----------

# DBTITLE 1,Where and when
dbutils.widgets.text("day", "2026-01-01")
day = dbutils.widgets.get("day")

# COMMAND ----------

# MAGIC %run ./settings

# COMMAND ----------

orders = spark.read.json(f"{RAW}/orders/{day}")
orders.dropDuplicates(["order_id"]).write.mode("append").saveAsTable(TABLE)

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT count(*) FROM shop.orders
)";

constexpr std::string_view kSettings =
    R"(# Databricks notebook source
RAW = "/Volumes/shop/raw/landing"
TABLE = "shop.orders"
)";

constexpr std::string_view kReport =
    R"(-- Databricks notebook source
-- MAGIC %md
-- MAGIC Sales by country, the last thirty days.

-- COMMAND ----------

SELECT country, sum(amount) AS sales
FROM shop.orders
WHERE day >= current_date() - INTERVAL 30 DAYS
GROUP BY country
ORDER BY sales DESC
)";

constexpr std::string_view kScala =
    R"(// Databricks notebook source
val orders = spark.table("shop.orders")

// COMMAND ----------

display(orders.groupBy("day").count().orderBy("day"))
)";

constexpr std::string_view kR =
    R"(# Databricks notebook source
library(SparkR)

# COMMAND ----------

orders <- tableToDF("shop.orders")
head(orders)
)";

constexpr std::string_view kExplore =
    R"j({"cells":[{"cell_type":"markdown","metadata":{},)j"
    R"j("source":["# A first look\n","Which hours sell best?"]},)j"
    R"j({"cell_type":"code","execution_count":1,"metadata":{},)j"
    R"j("outputs":[{"name":"stdout","output_type":"stream",)j"
    R"j("text":["10:00 to 11:00\n"]}],)j"
    R"j("source":["orders = spark.table('shop.orders')\n",)j"
    R"j("print(best_hour(orders))"]}],)j"
    R"j("metadata":{"application/vnd.databricks.v1+notebook":)j"
    R"j({"language":"python","notebookName":"explore"},)j"
    R"j("language_info":{"name":"python"}},"nbformat":4,)j"
    R"j("nbformat_minor":0})j";

constexpr std::string_view kLibrary =
    R"("""Helpers that notebooks and tests share."""


def best_hour(orders):
    """The hour of the day with the most orders."""
    return orders.groupBy("hour").count().orderBy("count").tail(1)


def euros(cents: int) -> str:
    return f"{cents / 100:.2f} EUR"
)";

constexpr std::string_view kTest =
    R"(from shop.text import euros


def test_euros():
    assert euros(1999) == "19.99 EUR"
)";

constexpr std::string_view kReadme =
    R"(# Shop

- `etl/` loads and reports, as notebooks.
- `shop/` is an ordinary Python package.
- `data/` holds small tables for tests.
)";

constexpr std::string_view kCountries =
    "code,name\nDE,Germany\nFR,France\nJP,Japan\n";

constexpr std::string_view kConfig =
    "tables:\n  orders: shop.orders\nretention_days: 400\n";

constexpr DemoFile kFiles[] = {
    {"~/shop/README.md", WireFormat::kRaw, Language::kNone, kReadme},
    {"~/shop/config.yml", WireFormat::kRaw, Language::kNone, kConfig},
    {"~/shop/etl/load", WireFormat::kSource, Language::kPython, kLoad},
    {"~/shop/etl/settings", WireFormat::kSource, Language::kPython, kSettings},
    {"~/shop/etl/report", WireFormat::kSource, Language::kSql, kReport},
    {"~/shop/etl/history", WireFormat::kSource, Language::kScala, kScala},
    {"~/shop/etl/sample", WireFormat::kSource, Language::kR, kR},
    {"~/shop/etl/explore", WireFormat::kJupyter, Language::kNone, kExplore},
    {"~/shop/shop/__init__.py", WireFormat::kRaw, Language::kNone, ""},
    {"~/shop/shop/text.py", WireFormat::kRaw, Language::kNone, kLibrary},
    {"~/shop/tests/test_text.py", WireFormat::kRaw, Language::kNone, kTest},
    {"~/shop/data/countries.csv", WireFormat::kRaw, Language::kNone,
     kCountries},
    {"/Shared/team notes.md", WireFormat::kRaw, Language::kNone,
     "# Notes\n\nThe loads run at 02:00 UTC.\n"},
};

Answer<void> Put(WorkspaceModel& model, const DemoFile& file) {
  std::string path(file.path);
  if (path.starts_with('~'))
    path.replace(0, 1, "/Users/" + model.options().user.user_name);
  WSFS_RETURN_IF_ERROR(
      model.Mkdirs(std::string_view(path).substr(0, path.rfind('/'))));
  const auto writer = model.NewContent();
  if (!writer.ok()) return api_error::Internal(writer.error().message());
  if (const auto kept = (*writer)->Append(file.text); !kept.ok())
    return api_error::Internal(kept.error().message());
  const auto content = (*writer)->Finish();
  if (!content.ok()) return api_error::Internal(content.error().message());
  ImportCall call;
  call.path = path;
  call.format = file.format;
  call.language = file.language;
  call.content = *content;
  WSFS_RETURN_IF_ERROR(model.Import(call));
  return {};
}

}  // namespace

Answer<void> SeedDemo(WorkspaceModel& model) {
  const std::string home =
      fmt::format("/Users/{}", model.options().user.user_name);
  WSFS_TRY(const auto there, model.List(home));
  if (!there.empty()) return {};
  for (const DemoFile& file : kFiles) {
    WSFS_RETURN_IF_ERROR(Put(model, file));
  }
  return {};
}

}  // namespace wsfs
