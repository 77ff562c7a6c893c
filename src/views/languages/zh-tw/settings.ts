/**
 * 每一項設定的說明，依 `src/config/schema.ts` 的分組與鍵排列；反引號之間是程式碼。預設值取決於其他設定時，也說明取決於什麼。
 */

/** 每個身分提供者都有的設定。 */
function provider(prefix: string, name: string) {
  return {
    enabled: `讓使用者以 ${name} 登入；需要 \`${prefix}_CLIENT_ID\` 與 \`${prefix}_CLIENT_SECRET\`。`,
    clientId: `在 ${name} 註冊的應用程式識別碼。`,
    clientSecret: '該應用程式的密鑰。',
    redirectUrl: {
      description: `在 ${name} 註冊的回呼網址。可以不設定；若設定，必須與預設值相同。`,
      defaultNote: `\`<BASE_URL>/auth/callback/${prefix.toLowerCase()}\``,
    },
    scopes: `向 ${name} 要求的範圍（scope）。`,
  }
}

export const settingsZhTw = {
  server: {
    address: '接聽的位址，格式為 `host:port`；主機留空表示所有網路介面。',
    baseUrl: {
      description:
        '本伺服器的公開網址，也是發行者識別碼。所有路徑都掛在這個網址的路徑之下；`https` 網址會啟用 HSTS 與 `__Host-` cookie。',
      defaultNote: '`http://localhost:<SERVER_ADDR 的連接埠>`',
    },
    environment: '`production` 會拒絕非本機的 http `BASE_URL`。',
    allowInsecureIssuer: '在正式環境允許公開主機使用 http 的 `BASE_URL`。',
    dataDir: {
      description: '存放本伺服器產生且必須保留之檔案的資料夾：`authgate.key` 與首次執行的帳密。',
      defaultNote: 'SQLite 檔案所在的資料夾，否則為工作資料夾',
    },
    tlsCertFile: 'PEM 憑證鏈；與 `TLS_KEY_FILE` 一起設定時，由本伺服器直接提供 HTTPS。',
    tlsKeyFile: '`TLS_CERT_FILE` 的 PEM 私密金鑰。',
    trustedProxies: '可採信其 `X-Forwarded-For` 的位址或 CIDR 範圍。來自其他對象的這個標頭一律忽略。',
    shutdownTimeout: '關閉時，進行中的請求最多可用多久完成。',
  },
  pages: {
    defaultLanguage: '瀏覽器要求的語言都不支援、使用者也沒有選擇時，頁面使用的語言。',
  },
  brand: {
    name: '本伺服器在每個頁面上顯示的名稱。',
    logoFile: {
      description: '最大 128 KB 的 SVG 或 PNG，顯示在名稱旁，並作為頁面圖示。SVG 不得含有指令碼或任何網址。',
      defaultNote: 'AuthGate 的標誌',
    },
    accentColor: {
      description: '按鈕與連結的顏色，格式為 `#rrggbb`。若文字會因此難以辨識，伺服器不會啟動，並指出對比度。',
      defaultNote: '深青色',
    },
    accentColorDark: {
      description: '深色頁面上的同一顏色。',
      defaultNote: '`BRAND_ACCENT_COLOR`，調亮到可辨識為止',
    },
    helpUrl: '使用者尋求協助的地方，`https:` 或 `mailto:`；每個頁面都有連結。',
    privacyUrl: '隱私權政策，每個頁面都有連結。',
    termsUrl: '服務條款，每個頁面都有連結。',
    signInText: '登入頁面上的一兩句話，純文字。',
  },
  dpop: {
    nonceRequired:
      'DPoP 證明是否必須帶有本伺服器的 nonce，使其無法預先製作（RFC 9449 §8）。用戶端會在第一次回應中取得 nonce，再重送請求。',
  },
  cors: {
    enabled: {
      description:
        '哪些網站的指令碼可以從瀏覽器呼叫協定與探索端點：`true` 只限 `CORS_ALLOWED_ORIGINS`，`false` 一律不可。任何情況都不允許附帶憑證。',
      defaultNote: '所有來源，除非 `CORS_ALLOWED_ORIGINS` 列出了一些',
    },
    allowedOrigins: '完整的來源；`*` 代表全部。',
    allowedHeaders: '除了端點會讀取的標頭之外，另外允許的請求標頭。',
    maxAge: '瀏覽器可以記住預檢結果多久。',
  },
  log: {
    level: '會寫入的最低嚴重程度。',
    format: '`auto` 在終端機上寫成易讀的文字，其他情況則為 JSON。',
  },
  encryption: {
    key: {
      description:
        '用來包裝加密資料的金鑰，每把 32 位元組、以 base64 編碼；以逗號分隔的清單中，任一把都可解密，加密則用第一把。使用 PostgreSQL 時 `authgate server` 必須設定。',
      defaultNote: '使用 SQLite 時產生於 `DATA_DIR/authgate.key`',
    },
    keyFile: '內含 `ENCRYPTION_KEY` 的檔案。',
  },
  database: {
    driver: '所有資料存放的地方。',
    dsn: {
      description: 'SQLite 檔案，或 PostgreSQL 的 URL 或關鍵字字串（使用 PostgreSQL 時必填）。',
      defaultNote: '`DATABASE_PATH`，否則為 `authgate.db`',
    },
    path: 'SQLite 檔案；只在未設定 `DATABASE_DSN` 時讀取。',
    synchronous:
      '`NORMAL` 在程序當掉後資料仍在；`FULL` 連斷電前最後的交易也會保留，代價是每次提交都要寫入磁碟一次。',
    maxOpenConnections: 'PostgreSQL 連線數的上限。',
    connectionMaxLifetime: 'PostgreSQL 連線超過這個時間就會換新；`0` 表示保留。',
    connectionMaxIdleTime: 'PostgreSQL 連線閒置超過這個時間就會關閉；`0` 表示保留。',
    initTimeout: '啟動時連線、移轉與寫入初始資料的時間上限。',
    closeTimeout: '關閉時用於關閉資料庫的時間上限。',
  },
  firstRun: {
    adminPassword: {
      description: '第一個帳號 `admin` 的密碼；只在還沒有任何帳號時使用。至少 8 個字元。',
      defaultNote: '產生於 `DATA_DIR/authgate-credentials.txt`',
    },
  },
  tokens: {
    signingAlgorithm: '存取權杖的簽章演算法。`HS256` 需要 `JWT_SECRET`，而且除了本伺服器之外沒有人能驗證。',
    secret: '`HS256` 的金鑰，至少 32 位元組。使用其他演算法時會忽略並提出警告。',
    privateKeyPem: {
      description:
        '供 `JWT_SIGNING_ALGORITHM` 使用的自有簽章金鑰（PKCS#8、PKCS#1 或 SEC1 的 PEM），取代產生的金鑰，且不會輪替。優先於檔案路徑。',
      defaultNote: '首次執行時產生的金鑰',
    },
    privateKeyPath: '自有簽章金鑰的 PEM 檔案。',
    keyId: { description: '自有簽章金鑰公布時的金鑰識別碼。', defaultNote: 'RFC 7638 指紋' },
    audience: { description: '未綁定任何資源的存取權杖的對象（audience）。', defaultNote: '發行者' },
    domain: '`<prefix>_domain` 宣告的值：1 到 64 個字母、數字、`_`、`.` 或 `-`。',
    privateClaimPrefix: '本伺服器自訂宣告的前綴，例如 `extra_uid`。',
    accessTtl: '存取權杖的有效期。',
    accessJitter: {
      description: '隨機延長的有效期，讓同時核發的權杖不會同時到期；絕不超過上限。',
      defaultNote: '`JWT_EXPIRATION` 的 5 %',
    },
    accessTtlMax: '任何設定組合最多能給存取權杖的有效期。',
    refreshTtl: '更新權杖的閒置期限：每次使用都會重新計算。',
    refreshTtlMax: '透過更新權杖維持登入的最長時間，也是任何設定組合的上限。',
    refreshGracePeriod:
      '更新權杖被取代後，前一個還能再用一次的時間，以容許平行的程序與遺失的回應；`0` 表示嚴格。',
    refreshEnabled: '是否核發與接受更新權杖。',
    rotationEnabled: '每次使用都換新更新權杖；用過的權杖再度出現時，終止整個系列。',
    shortAccessTtl: '`short` 設定組合的存取權杖有效期。',
    shortRefreshTtl: '`short` 設定組合的更新權杖有效期。',
    standardAccessTtl: {
      description: '`standard` 設定組合的存取權杖有效期。',
      defaultNote: '`JWT_EXPIRATION`',
    },
    standardRefreshTtl: {
      description: '`standard` 設定組合的更新權杖有效期。',
      defaultNote: '`REFRESH_TOKEN_EXPIRATION`',
    },
    longAccessTtl: '`long` 設定組合的存取權杖有效期。',
    longRefreshTtl: '`long` 設定組合的更新權杖有效期。',
    clientCredentialsTtl: '以用戶端憑證取得的存取權杖的有效期。',
  },
  extraClaims: {
    enabled: '獲准的用戶端是否可以在權杖請求中送出 `extra_claims`。每個用戶端都需要個別的許可。',
    maxRawBytes: '`extra_claims` 的長度上限（位元組）；0 表示不另設限。',
    maxKeys: '`extra_claims` 的成員數上限；0 表示不設限。',
    maxValueBytes: '`extra_claims` 中單一值編碼後的長度上限（位元組）；0 表示不設限。',
  },
  authorization: {
    codeTtl: '授權碼可以兌換多久；FAPI 2.0 允許一分鐘。',
    pkceRequired: '機密用戶端也必須使用 PKCE（RFC 7636）。公開用戶端一律需要，且只接受 `S256`。',
    rememberConsent:
      '使用者先前允許過的項目不再詢問。使用本機或私有配置重新導向 URI 的公開用戶端一律會詢問（RFC 8252 §8.6）。',
    defaultResource:
      '已註冊資源（`authgate resource`）的識別碼；沒有人擔保的用戶端若未在請求中指定資源，取得的權杖就屬於它，並會顯示給使用者。未設定時，這種權杖只能用於本伺服器。',
    clientLogos:
      '登入與同意頁面顯示哪些用戶端註冊的標誌：`vouched` 是管理員建立的用戶端與 `CIMD_TRUSTED_HOSTS` 主機的用戶端；`all` 還包括自行註冊、可能冒用他人標誌的用戶端（RFC 7591 §5）。標誌由本伺服器取得並提供。',
    pushedTtl: '推送的授權請求（RFC 9126）等待瀏覽器多久；瀏覽器到達後，使用者有 30 分鐘。',
  },
  signingKeys: {
    rotationInterval:
      '產生的簽章金鑰使用多久後由下一把接手；`0` 表示只在執行 `authgate keys rotate` 時輪替。',
    publishAhead: '新的簽章金鑰在開始簽章前先公布多久，讓驗證權杖的各方屆時都已得知。',
  },
  device: {
    codeTtl: '裝置代碼等待使用者多久。',
    pollInterval: '裝置兩次輪詢之間的最短時間。',
  },
  sessions: {
    maxAge: '瀏覽器工作階段的最長時間（秒）。',
    idleTimeout: '瀏覽器工作階段閒置這麼多秒後就會結束；`0` 表示不會。',
    fingerprint: 'cookie 從另一個瀏覽器（不計版本號的 User-Agent）回來時，結束該工作階段。',
    fingerprintIp: '將用戶端位址也算作指紋的一部分。',
    rememberMeEnabled: '提供「保持登入」選項。',
    rememberMeMaxAge: '保持登入的工作階段的最長時間（秒）；沒有閒置期限。',
  },
  authentication: {
    mode: '使用者名稱在這裡沒有帳號時要問誰：誰都不問（`local`），或 `HTTP_API_URL` 的外部 API，帳號可隨之建立（`http_api`）。已有帳號的人，一律向帳號的來源查詢。',
  },
  httpApi: {
    url: '接收使用者名稱與密碼的外部 API 網址。',
    timeout: '登入等待外部 API 的時間上限，含重試。',
    attemptTimeout: '對外部 API 單一請求的時間上限。',
    insecureSkipVerify: '接受外部 API 的任何 TLS 憑證。密碼會送給任何回應的對象。',
    authMode:
      '本伺服器如何向外部 API 證明自己：不證明、以標頭中的密鑰（`simple`），或以密鑰簽署每個請求（`hmac`）。',
    authSecret: '`HTTP_API_AUTH_MODE` 的密鑰。',
    authHeader: '`HTTP_API_AUTH_MODE=simple` 時，帶有密鑰的標頭。',
    maxRetries: '第一次請求失敗（沒有回應、429 或 5xx）後的重試次數。',
    retryDelay: '第一次重試前的等待時間，上下浮動四分之一；之後每次加倍。',
    maxRetryDelay: '重試前的最長等待時間，`Retry-After` 要求更久時亦同。',
  },
  identityProviders: {
    autoRegister: '為第一次透過身分提供者登入的人建立帳號。',
    timeout: '對身分提供者單一請求的時間上限。',
    insecureSkipVerify: '接受身分提供者的任何 TLS 憑證。任何回應的對象都能讓任何人登入。',
  },
  github: {
    ...provider('GITHUB', 'GitHub'),
    url: '使用者登入 GitHub 的網址；GitHub Enterprise Server 請改用自己的網址。',
    apiUrl: {
      description: '`GITHUB_URL` 的 API。',
      defaultNote: '`https://api.github.com`；GitHub Enterprise Server 則為 `<GITHUB_URL>/api/v3`',
    },
  },
  gitlab: {
    ...provider('GITLAB', 'GitLab'),
    url: '用來登入的 GitLab 網址。',
  },
  gitea: {
    ...provider('GITEA', 'Gitea'),
    url: '用來登入的 Gitea（或 Forgejo）網址；使用 `GITEA_OAUTH_ENABLED` 時必填。',
  },
  microsoft: {
    ...provider('MICROSOFT', 'Microsoft'),
    tenant:
      '哪些帳號可以登入：單一租用戶（其識別碼或網域）、所有組織（`organizations`）、個人帳號（`consumers`），或全部（`common`）。只有指定識別碼或網域的租用戶，其電子郵件地址才會被採信。',
    authorityUrl: '使用者登入 Microsoft 的網址；國家雲端請改用其網址。',
    graphUrl: '用來讀取個人資料的 Microsoft Graph。',
  },
  oidc: {
    ...provider('OIDC', 'OpenID 提供者'),
    issuer:
      'OpenID 提供者的發行者識別碼，其中繼資料公布於該網址之下（OpenID Connect Discovery 1.0）；使用 `OIDC_OAUTH_ENABLED` 時必填。',
    displayName: '使用者對這個 OpenID 提供者的稱呼；顯示在前往該處的按鈕上。',
  },
  security: {
    passwordMinLength: '新密碼的最少字元數。此外不得為常見密碼、連續或重複的字元，也不得由擁有者的名稱組成。',
    forcePasswordChange:
      '哪些密碼必須在第一次登入時更換：`administered` 是管理員或命令列選定或產生的密碼，`all` 還包括為第一位管理員產生的密碼。',
    requireSecondFactor:
      '哪些人必須有第二驗證因素（驗證器應用程式或通行密鑰）；還沒有的人會在登入時先行設定。已有的人，無論這項設定為何，輸入密碼後都會被要求驗證；經由身分提供者登入時，則只在這項設定適用於他們時要求。',
    stepUpMaxAge: '管理本伺服器或變更登入方式前，使用者在多久以內證明過身分才算數；超過後會再次要求驗證。',
  },
  mail: {
    host: '郵件伺服器。設定後，使用者忘記密碼時可以重新設定、可以驗證電子郵件地址，並會收到帳號變更的通知。',
    port: '郵件伺服器的連接埠。',
    tls: '與郵件伺服器的連線如何加密：`starttls` 用於一般連接埠且必須成功；`tls` 從一開始就加密，如連接埠 465；`none` 用於本機上的伺服器。',
    username: '郵件伺服器需要時使用的帳號。',
    password: '該帳號的密碼。',
    from: '郵件的寄件者。使用 `SMTP_HOST` 時必填。',
  },
  limits: {
    enabled: '依用戶端位址限制流量。每個帳號的延遲不受影響，一律有效。',
    store:
      '限制在哪裡計算：各個複本自行計算（`memory`），或全部一起計算（`redis`）。Redis 沒有回應時，各個複本自行計算，並反映於 `authgate_rate_limits_counted_alone_total`。',
    login: '每個位址每分鐘的登入嘗試次數。',
    passwordRecovery: '每個位址每分鐘可要求的重設密碼連結數。',
    deviceCode: '每個位址每分鐘的裝置授權請求數。',
    token: '每個位址每分鐘的權杖請求數；已知裝置代碼的輪詢不計。',
    tokenFailures: '每個用戶端每分鐘的驗證失敗次數；用戶端不存在時，則依位址計算。',
    authorization: '每個位址每分鐘的授權請求數，含推送的請求。',
    deviceVerify: '每個位址、每個帳號每分鐘可輸入的錯誤代碼數。',
    deviceVerifyTotal: '所有人每分鐘合計可輸入的錯誤代碼數。',
    registration: '每個位址每分鐘的用戶端註冊數。',
    introspect: '每個用戶端每分鐘的權杖檢查請求數。',
    api: '每個位址每分鐘的管理 API 請求數。',
  },
  redis: {
    address: 'Redis 的位址，格式為 `host:port`；`RATE_LIMIT_STORE=redis` 時讀取。',
    username: 'Redis 設有存取控制清單時使用的使用者名稱。',
    password: 'Redis 的密碼。',
    database: 'Redis 中資料庫的編號。',
    tls: '加密與 Redis 的連線；其憑證必須符合其名稱。',
    connectTimeout: '等待與 Redis 連線的時間上限。啟動時不會等待。',
  },
  api: {
    enabled:
      '在 `/api/v1` 之下提供管理 API。在管理員將 `authgate:read` 或 `authgate:admin` 範圍給予用戶端之前，沒有人能存取。',
  },
  apps: {
    enabled: '讓每個登入的人都能在「我的應用程式」（`/apps`）建立自己的用戶端。',
    needsApproval:
      '這種用戶端是否須經管理員核准才能使用；除了說明以外的內容變更後，也須再次核准。管理員不需要任何人核准。',
    maxPerPerson: '每個人最多可以有幾個用戶端。',
  },
  registration: {
    enabled: {
      description: '讓用戶端自行註冊（RFC 7591）並管理其註冊內容（RFC 7592）。',
      defaultNote: '以 `authgate resource create --open` 將資源開放給沒有人擔保的用戶端之後即啟用',
    },
    policy:
      '誰可以註冊：任何人（`open`）、出示 `DYNAMIC_CLIENT_REGISTRATION_TOKEN` 的人（`token`），或經 `authgate client approve` 核准後的任何人或持有所設權杖的人（`approval`）。`auto` 在設有權杖時等於 `token`，否則等於 `open`。',
    token: '註冊時必須出示的初始存取權杖；至少 16 個字元。',
    redirectUris: '除了本版已知的之外，用戶端還可以註冊的自訂配置重新導向 URI，須完全相符。',
    maxClients: '同時保留的已註冊用戶端數上限。',
  },
  clientDocuments: {
    mode: '哪些主機的文件可以描述用戶端，使其不必註冊（OAuth Client ID Metadata Document）：有資源開放給這類用戶端後，所有未被拒絕的主機（`open`）；只限 `CIMD_ALLOWED_HOSTS` 與 `CIMD_TRUSTED_HOSTS` 的主機（`allowlist`）；或一律不可（`off`）。',
    allowedHosts: '`CIMD_MODE=allowlist` 時接受其文件的主機；`*.` 加網域代表其下的全部主機。',
    trustedHosts:
      '由您擔保其用戶端的主機；`*.` 加網域代表其下的全部主機。同意頁面會註明並顯示其標誌，錯誤會立即傳回給它們，且不需要核准。使用者仍會被詢問。受信任的主機不必另外允許。',
    newClients:
      '從未見過的用戶端會如何：可以使用（`open`），或等待 `authgate client approve` 並告知使用者（`approval`）；文件改為導向他處、改變證明方式或更換名稱時也一樣。受信任主機的用戶端不必等待。',
    deniedHosts: '無論其他設定為何，一律不接受其文件的主機。',
    ports: '除了 443 之外，可以取得文件的連接埠。',
    maxBytes: '文件的長度上限（位元組）。',
    stale: '主機沒有回應時，用戶端可以憑文件副本繼續運作多久。若主機回應沒有文件，或文件有誤，則立即採信。',
  },
  outbound: {
    allowedNetworks:
      '已註冊用戶端的金鑰、標誌與登出位址可以位於的非公開位址或 CIDR 範圍。管理員為用戶端設定的位址不需要許可。',
  },
  caches: {
    clientTtl: '記住用戶端多久後重新讀取；也就是其他程序的變更最久多久才會被察覺。`0` 表示每次都讀取。',
  },
  audit: {
    enabled: '將敏感操作記入稽核紀錄。',
    retention: '超過這個時間的稽核紀錄會被刪除；`0` 表示全部保留。',
    bufferSize: '可以等待寫入的稽核紀錄數；超過的會捨棄並計數。',
    cleanupInterval: '多久刪除一次舊的稽核紀錄。',
    shutdownTimeout: '關閉時用於寫入待寫稽核紀錄的時間上限。',
  },
  cleanup: {
    enabled: '分小批刪除已過期的資料。',
    interval: '多久刪除一次過期的資料列。',
  },
  metrics: {
    enabled: '以 Prometheus 格式提供 `GET /metrics`。',
    token: '抓取者必須出示的 bearer 權杖；留空表示 `/metrics` 公開。',
    address: '改在專用的位址提供 `/metrics`，不再於公開位址提供。',
    gaugeInterval: '量測值背後的計數最久可以是多久以前的。',
  },
}
