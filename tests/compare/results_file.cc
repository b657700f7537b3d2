// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/results_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace buddyring::compare {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Series& series) {
  Json json{{"who", series.who}, {"count", series.values.size()}};
  if (!series.values.empty()) {
    json["min"] = series.min();
    json["median"] = series.median();
    json["p99"] = series.p99();
    json["max"] = series.max();
  }
  json["values"] = series.values;
  return json;
}

Json json_of(const Result& result) {
  Json json{{"name", result.name},
            {"title", result.title},
            {"unit", result.unit},
            {"verdict", word_of(result.verdict)},
            {"target", result.target},
            {"note", result.note},
            {"more_is_better", result.more_is_better},
            {"measured_at", result.measured_at},
            {"row_took_seconds", result.took_seconds},
            {"series", Json::array()}};
  for (const Series& series : result.series) {
    json["series"].push_back(json_of(series));
    const bool has_ratio = json["series"].size() > 1 && series.is_peer && !series.values.empty() &&
                           series.median() != 0 && !result.series.front().values.empty();
    if (has_ratio) {
      json["series"].back()["ours_by_this"] = result.series.front().median() / series.median();
    }
  }
  return json;
}

}  // namespace

struct ResultsFile::Document {
  Json json;
};

ResultsFile::ResultsFile(const std::string& folder, const std::vector<Fact>& machine, bool keep)
    : path_(folder + "/results.json"), document_(std::make_unique<Document>()) {
  std::filesystem::create_directories(folder);
  Json& json = document_->json;
  if (keep && std::filesystem::exists(path_)) {
    json = Json::parse(std::ifstream(path_), nullptr, false);
    if (json.is_discarded() || !json.contains("results")) {
      throw std::runtime_error(path_ + " is not what a run leaves; remove it");
    }
  }
  json["machine"] = Json::object();
  for (const Fact& fact : machine) {
    json["machine"][fact.name] = fact.value;
  }
  json["results"] = json.value("results", Json::array());
  write();
}

ResultsFile::~ResultsFile() = default;

void ResultsFile::put(const Result& result) {
  Json& results = document_->json["results"];
  const auto present =
      std::ranges::find_if(results, [&](const Json& json) { return json.value("name", "") == result.name; });
  if (present == results.end()) {
    results.push_back(json_of(result));
  } else {
    *present = json_of(result);
  }
  write();
}

std::vector<Comparison> ResultsFile::comparisons() const {
  std::vector<Comparison> all;
  for (const Json& result : document_->json["results"]) {
    for (const Json& series : result["series"]) {
      const double ratio = series.value("ours_by_this", 0.0);
      if (ratio != 0) {
        all.push_back({.title = result["title"],
                       .peer = series["who"],
                       .times_better = result.value("more_is_better", false) ? ratio : 1 / ratio});
      }
    }
  }
  return all;
}

void ResultsFile::write() const {
  std::ofstream file(path_, std::ios::trunc);
  file << document_->json.dump(1) << "\n";
  if (!file.flush()) {
    throw std::runtime_error("cannot write " + path_);
  }
}

}  // namespace buddyring::compare
