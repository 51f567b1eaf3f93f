"""Prints a C++20 program heavy with templates, UNITS distinct sets of them: cxx_source.py UNITS."""

import sys

units = int(sys.argv[1])

HEAD = """\
#include <algorithm>
#include <any>
#include <array>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <ranges>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <int N> struct tag { static constexpr int number = N; };

template <int N> constexpr auto fibonacci() {
    if constexpr (N < 2) return std::integral_constant<long, N>{};
    else return std::integral_constant<long, (fibonacci<N - 1>().value + fibonacci<N - 2>().value) % 1000003>{};
}

template <class... T> struct type_list {};
template <class L, template <class> class F> struct mapped;
template <class... T, template <class> class F> struct mapped<type_list<T...>, F> { using type = std::tuple<F<T>...>; };
template <class T> using owned = std::vector<std::unique_ptr<T>>;

template <class Tuple, std::size_t... I> long total_size(const Tuple &t, std::index_sequence<I...>) {
    return (0L + ... + static_cast<long>(std::get<I>(t).size() * (I + 1)));
}
"""

UNIT = """
template <> struct tag<{n} + 100000> {{ static constexpr int number = {n} * 3; }};

struct shape_{n} {{
    virtual ~shape_{n}() = default;
    virtual double area() const {{ return {n} + 0.5; }}
}};
template <int K> struct special_{n} : shape_{n} {{
    std::array<double, K> part{{}};
    double area() const override {{ return std::accumulate(part.begin(), part.end(), double(K)); }}
}};

long unit_{n}() {{
    using list = type_list<std::array<char, {n} + 1>, tag<{n} + 100000>, special_{n}<3>, special_{n}<{k}>>;
    typename mapped<list, owned>::type all;
    for (int i = 0; i < {k}; i++) std::get<2>(all).push_back(std::make_unique<special_{n}<3>>());
    std::get<0>(all).resize(5);
    long sum = total_size(all, std::make_index_sequence<4>{{}}) + fibonacci<{k} + 20>().value;

    std::map<std::string, std::variant<int, std::string, std::vector<tag<{n}>>>> mixed;
    for (int i = 0; i < 50; i++) {{
        auto key = "key " + std::to_string(i * 7919 % 31);
        if (i % 3 == 0) mixed[key] = i;
        else if (i % 3 == 1) mixed[key] = std::string(i, 'x');
        else mixed[key] = std::vector<tag<{n}>>(i);
    }}
    for (const auto &[key, value] : mixed)
        sum += std::visit([&](const auto &v) -> long {{
            if constexpr (requires {{ v.size(); }}) return static_cast<long>(v.size() + key.size());
            else return v;
        }}, value);

    std::unordered_map<int, std::function<long(long)>> steps;
    for (int i = 0; i < 20; i++) steps[i] = [i, held = std::make_shared<std::deque<long>>(i, {n})](long x) {{
        return x + i * std::reduce(held->begin(), held->end(), 1L);
    }};
    for (int i = 0; i < 20; i++) sum = steps[i](sum) % 1000000007;

    auto evens = std::views::iota(0, 200 + {n}) | std::views::filter([](int x) {{ return x % 2 == 0; }})
               | std::views::transform([](int x) {{ return tag<{n} + 100000>::number + x; }}) | std::views::take(40) | std::views::common;
    sum += std::accumulate(evens.begin(), evens.end(), 0L);
    std::set<std::tuple<int, std::string>> ordered;
    for (int x : evens) ordered.emplace(-x, std::to_string(x));
    return sum + std::get<0>(*ordered.begin());
}}
"""

# The library's regular expressions and futures alone take seconds to compile.
if units > 10:
    LIBRARY = """
    const std::regex words("([a-z]+) ([0-9]+)(, )?");
    std::string text;
    for (int i = 0; i < 200; i++) text += "word " + std::to_string(i) + ", ";
    sum += std::distance(std::sregex_iterator(text.begin(), text.end(), words), std::sregex_iterator());
    std::vector<std::future<long>> running;
    for (auto &unit : all) running.push_back(std::async(std::launch::async, unit));
    for (auto &one : running) sum = (sum * 31 + one.get()) % 1000000007;"""
else:
    LIBRARY = ""
    for name in "regex", "future", "thread":
        HEAD = HEAD.replace(f"#include <{name}>\n", "")

calls = "".join(f"unit_{n}, " for n in range(units))
TAIL = f"""
int main() {{
    long sum = 1;
    std::vector<std::function<long()>> all{{{calls}}};
    for (auto &unit : all) sum = (sum * 31 + unit()) % 1000000007;{LIBRARY}
    try {{
        throw std::make_any<std::string>(std::to_string(sum));
    }} catch (const std::any &held) {{
        std::cout << std::any_cast<std::string>(held) << '\\n';
    }}
}}
"""

sys.stdout.write(HEAD)
for n in range(units):
    sys.stdout.write(UNIT.format(n=n, k=n % 9 + 2))
sys.stdout.write(TAIL)
