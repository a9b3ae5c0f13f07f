# The tests that need several rooms, one folder of tests/ a ring:
# tests/RING/*_test.cc become the program wsfs_RING_test, labelled RING.
#
# Rings that drive the built program itself (mount, compat) are Python and are
# run by ./dev.
function(wsfs_ring name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES" ${ARGN})
  list(TRANSFORM arg_DEPENDS PREPEND wsfs_)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(wsfs_${name}_test ${sources})
  target_link_libraries(wsfs_${name}_test PRIVATE ${arg_DEPENDS} wsfs_warnings
    ${arg_LIBRARIES} GTest::gmock_main)
  target_compile_definitions(wsfs_${name}_test
    PRIVATE WSFS_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/${name}")
  gtest_discover_tests(wsfs_${name}_test DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${name}/" PROPERTIES LABELS ${name} TIMEOUT 300)
endfunction()

wsfs_ring(contract DEPENDS base model http auth api server testing
  LIBRARIES fmt::fmt nlohmann_json::nlohmann_json CURL::libcurl)
wsfs_ring(model DEPENDS base model api notebook store core server testing
  LIBRARIES fmt::fmt nlohmann_json::nlohmann_json)
wsfs_ring(crash DEPENDS base model api notebook store core server testing
  LIBRARIES fmt::fmt nlohmann_json::nlohmann_json)
