// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/plot.h"

#include <algorithm>
#include <fstream>

#include "tests/lab/process.h"

namespace buddyring::compare {
namespace {

constexpr const char* script = "tests/compare/plot.gnuplot";
constexpr const char* overview_script = "tests/compare/overview.gnuplot";
// From here on the smallest and the largest of a result are hard to tell on one linear scale.
constexpr double spread_for_logarithms = 20;

constexpr size_t points_max = 80;

std::vector<double> drawn(std::vector<double> values) {
  std::ranges::sort(values);
  if (values.size() <= points_max) {
    return values;
  }
  std::vector<double> chosen;
  for (size_t point = 0; point < points_max; ++point) {
    chosen.push_back(values[point * (values.size() - 1) / (points_max - 1)]);
  }
  return chosen;
}

// Blocks that gnuplot tells apart by index: one a series, each line a column and a value.
void write_data(const Result& result, const std::string& path) {
  std::ofstream file(path, std::ios::trunc);
  for (size_t column = 0; column < result.series.size(); ++column) {
    file << "# " << result.series[column].who << "\n";
    for (const double value : drawn(result.series[column].values)) {
      file << column << " " << value << "\n";
    }
    file << "\n\n";
  }
}

bool needs_logarithms(const Result& result) {
  double least = 0;
  double most = 0;
  for (const Series& series : result.series) {
    for (const double value : series.values) {
      if (value <= 0) {
        return false;
      }
      least = least == 0 ? value : std::min(least, value);
      most = std::max(most, value);
    }
  }
  return most > spread_for_logarithms * least;
}

// For a string between double quotes.
std::string quoted(std::string text) {
  std::erase_if(text, [](char c) { return c == '"' || c == '\\'; });
  return '"' + text + '"';
}

// Returns "", or what went wrong.
std::string gnuplot(const std::string& settings, const char* with, lab::NamespaceThread& where) {
  const lab::Completed done = lab::run_to_end(where, {.argv = {"gnuplot", "-e", settings, with}});
  return done.exit == lab::Exit{.code = 0, .signal = 0} ? "" : "gnuplot: " + done.err;
}

}  // namespace

std::string draw(const Result& result, const std::string& folder, lab::NamespaceThread& where) {
  const std::string data = folder + "/" + result.name + ".dat";
  write_data(result, data);
  std::string tics;
  std::string medians;
  for (size_t column = 0; column < result.series.size(); ++column) {
    tics += (column == 0 ? "" : ",") + quoted(result.series[column].who) + " " + std::to_string(column);
    medians += (column == 0 ? "" : " ") + std::to_string(result.series[column].median());
  }
  const std::string settings = "data=" + quoted(data) + "; out=" + quoted(folder + "/" + result.name + ".svg") +
                               "; heading=" + quoted(result.title) + "; unit=" + quoted(result.unit) +
                               "; medians=" + quoted(medians) +
                               "; logarithms=" + (needs_logarithms(result) ? "1" : "0") + "; set xtics (" + tics + ")";
  return gnuplot(settings, script, where);
}

std::string draw_overview(const std::vector<Comparison>& comparisons, const std::string& folder,
                          lab::NamespaceThread& where) {
  const std::string data = folder + "/overview.dat";
  std::ofstream file(data, std::ios::trunc);
  for (const Comparison& comparison : comparisons) {
    file << quoted(comparison.title + ": " + comparison.peer) << " " << comparison.times_better << "\n";
  }
  file.close();
  return gnuplot("data=" + quoted(data) + "; out=" + quoted(folder + "/overview.svg") +
                     "; bars=" + std::to_string(comparisons.size()),
                 overview_script, where);
}

}  // namespace buddyring::compare
