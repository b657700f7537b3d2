// SPDX-License-Identifier: Apache-2.0
// ResultSet: rows as text, and Row, which reads one of them by column name.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/address.h"

namespace buddyring {

struct ResultSet {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// Reads the columns of a row. A column that is missing or does not hold what is
// asked for gives an empty value and makes ok() false for good, so that a
// reader may ask once, at its end.
class Row {
 public:
  Row(const ResultSet& set, size_t index) : set_(set), cells_(set.rows.at(index)) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool is_null(const std::string& column) { return cell(column) == nullptr; }
  [[nodiscard]] bool has(const std::string& column) const {
    return std::ranges::find(set_.columns, column) != set_.columns.end();
  }

  [[nodiscard]] std::string text(const std::string& column) {
    const std::string* const found = cell(column);
    ok_ = ok_ && found != nullptr;
    return found == nullptr ? std::string() : *found;
  }
  // As text(), but NULL is an empty text.
  [[nodiscard]] std::string text_or_empty(const std::string& column) {
    const std::string* const found = cell(column);
    return found == nullptr ? std::string() : *found;
  }

  template <class Number>
  [[nodiscard]] Number number(const std::string& column) {
    const std::string digits = text(column);
    Number value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    ok_ = ok_ && error == std::errc{} && end == digits.data() + digits.size();
    return value;
  }

  [[nodiscard]] Address address(const std::string& column) {
    const auto address = Address::parse(text(column));
    ok_ = ok_ && address.has_value();
    return address.value_or(Address{});
  }

 private:
  // The cell, or nullptr for NULL.
  const std::string* cell(const std::string& column) {
    for (size_t i = 0; i < set_.columns.size(); ++i) {
      if (set_.columns[i] == column) {
        return cells_[i] ? &*cells_[i] : nullptr;
      }
    }
    ok_ = false;
    return nullptr;
  }

  const ResultSet& set_;
  const std::vector<std::optional<std::string>>& cells_;
  bool ok_ = true;
};

}  // namespace buddyring
