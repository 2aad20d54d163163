
main() {
  local before
  read_input "$@"
  make_work_folder
  connect
  take_lock
  make_record
  ask before target "SELECT state FROM payment_migration.schema_phase WHERE phase = '$phase'"
  # What these two do is one transaction. The others look at what is there, and do what is not.
  if [[ $before == done && $phase =~ ^(pre-data|constraints)$ ]]; then finish done 'it was done before'; fi
  begin
  case $phase in
    pre-data) pre_data ;;
    keys) keys ;;
    constraints) constraints ;;
    validate) validate ;;
  esac
  finish done "$said"
}

main "$@"
