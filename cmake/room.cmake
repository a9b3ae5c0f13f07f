# wsfs_room(NAME [DEPENDS room...] [LIBRARIES target...] [TESTS room...])
#
# A room is one folder of src/. This makes the library wsfs_NAME from its .cc
# files, the program wsfs_NAME_test from its *_test.cc files and
# wsfs_NAME_bench from its *_bench.cc files. TESTS names rooms that only the
# tests may see.
#
# A room sees the headers of the rooms it depends on, directly or through
# another, and of no others: an #include that points upward does not compile.
# A room may have one level of folders inside (core/planner): they are part of
# the same library.
function(wsfs_room name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES;TESTS" ${ARGN})
  list(TRANSFORM arg_DEPENDS PREPEND wsfs_)
  list(TRANSFORM arg_TESTS PREPEND wsfs_)
  set(dir ${PROJECT_SOURCE_DIR}/src/${name})
  file(GLOB all CONFIGURE_DEPENDS ${dir}/*.cc ${dir}/*/*.cc)
  list(FILTER all EXCLUDE REGEX "/main/main\\.cc$")
  foreach(kind test bench fuzz)
    set(${kind}_sources ${all})
    list(FILTER ${kind}_sources INCLUDE REGEX "_${kind}\\.cc$")
  endforeach()
  list(FILTER all EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")

  # Each room is seen through a folder that holds nothing but a link to it.
  set(view ${PROJECT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${dir} ${view}/${name} SYMBOLIC)

  if(all)
    add_library(wsfs_${name} STATIC ${all})
    target_include_directories(wsfs_${name} PUBLIC ${view})
    target_link_libraries(wsfs_${name}
      PUBLIC ${arg_DEPENDS} PRIVATE wsfs_warnings ${arg_LIBRARIES})
  else()
    add_library(wsfs_${name} INTERFACE)
    target_include_directories(wsfs_${name} INTERFACE ${view})
    target_link_libraries(wsfs_${name} INTERFACE ${arg_DEPENDS})
  endif()

  if(BUILD_TESTING AND test_sources)
    add_executable(wsfs_${name}_test ${test_sources})
    target_link_libraries(wsfs_${name}_test PRIVATE wsfs_${name} ${arg_TESTS}
      wsfs_warnings ${arg_LIBRARIES} GTest::gmock_main)
    gtest_discover_tests(wsfs_${name}_test DISCOVERY_TIMEOUT 60
      TEST_PREFIX "${name}/" PROPERTIES LABELS unit TIMEOUT 60)
  endif()

  if(BUILD_TESTING AND bench_sources)
    add_executable(wsfs_${name}_bench ${bench_sources})
    target_link_libraries(wsfs_${name}_bench PRIVATE wsfs_${name} ${arg_TESTS}
      wsfs_warnings benchmark::benchmark_main)
  endif()

  # X_fuzz.cc is a libFuzzer target with its corpus in fuzz/corpus/X. Without
  # -DWSFS_FUZZ=ON (clang) it is a test that replays the corpus.
  foreach(source ${fuzz_sources})
    if(NOT BUILD_TESTING)
      break()
    endif()
    get_filename_component(target ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" corpus ${target})
    add_executable(wsfs_${target} ${source})
    target_link_libraries(wsfs_${target} PRIVATE wsfs_${name} ${arg_TESTS}
      wsfs_warnings ${arg_LIBRARIES})
    if(WSFS_FUZZ)
      target_link_options(wsfs_${target} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(wsfs_${target} PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/replay.cc)
      add_test(NAME fuzz/${corpus} COMMAND wsfs_${target}
        ${PROJECT_SOURCE_DIR}/fuzz/corpus/${corpus})
      set_tests_properties(fuzz/${corpus} PROPERTIES LABELS fuzz TIMEOUT 120)
    endif()
  endforeach()
endfunction()
